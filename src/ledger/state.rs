//! What can have become of a finding.

/// State of a finding after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Found for the first time.
    New,
    /// Found before, and still there.
    Open,
    /// Was fixed or gone, and is there again.
    Back,
    /// Could not be looked at in this run.
    Unverified,
    /// Still there, and a person has accepted that for a reason.
    Accepted,
    /// Its document was read in full by the same rule, and it is not there.
    Fixed,
    /// Its document is gone.
    TakenDown,
}

impl State {
    /// All states, those that ask for work first.
    pub const ALL: [State; 7] =
        [State::New, State::Open, State::Back, State::Unverified, State::Accepted, State::Fixed, State::TakenDown];

    /// The name on the command line and in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            State::New => "new",
            State::Open => "open",
            State::Back => "back",
            State::Unverified => "unverified",
            State::Accepted => "accepted",
            State::Fixed => "fixed",
            State::TakenDown => "taken-down",
        }
    }

    /// The name that editors read.
    pub fn label(self) -> &'static str {
        match self {
            State::New => "新发现",
            State::Open => "未整改",
            State::Back => "再次出现",
            State::Unverified => "未核实",
            State::Accepted => "保留",
            State::Fixed => "已整改",
            State::TakenDown => "已下线",
        }
    }

    /// What a filed ledger says about the correction.
    pub(crate) fn progress(self) -> &'static str {
        match self {
            State::New | State::Open | State::Back => "待整改",
            State::Unverified => "待核实",
            State::Accepted => "保留",
            State::Fixed => "已整改",
            State::TakenDown => "已下线",
        }
    }

    /// Whether the error stands in a document, as far as known.
    pub fn is_present(self) -> bool {
        matches!(self, State::New | State::Open | State::Back | State::Unverified | State::Accepted)
    }

    /// Whether somebody has to do something.
    pub fn is_due(self) -> bool {
        matches!(self, State::New | State::Open | State::Back | State::Unverified)
    }

    /// As it is stored. `Accepted` is not: it lies on top of the others until it expires.
    pub(super) fn code(self) -> i64 {
        match self {
            State::New => 0,
            State::Open => 1,
            State::Back => 2,
            State::Unverified => 3,
            State::Fixed => 4,
            State::TakenDown => 5,
            State::Accepted => 6,
        }
    }

    pub(super) fn from_code(code: i64) -> Self {
        match code {
            0 => State::New,
            2 => State::Back,
            3 => State::Unverified,
            4 => State::Fixed,
            5 => State::TakenDown,
            6 => State::Accepted,
            _ => State::Open,
        }
    }
}

/// Why a finding could not be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The document was not part of the run.
    NotPart,
    /// It could not be read, or not in full.
    Unreadable,
    /// The rule did not run.
    RuleOff,
    /// The text is as it was, but the rules, the options or a suppression comment are not.
    RuleChanged,
    /// Other parts of pages count as content than in the run before.
    ReadingChanged,
}

impl Why {
    const ALL: [Why; 5] = [Why::NotPart, Why::Unreadable, Why::RuleOff, Why::RuleChanged, Why::ReadingChanged];

    /// What editors read.
    pub fn label(self) -> &'static str {
        match self {
            Why::NotPart => "本次未检查这个文件",
            Why::Unreadable => "文件未能读取或未能读全",
            Why::RuleOff => "本次没有启用这条规则",
            Why::RuleChanged => "文字未变，因规则、选项或免检注释改变而不再报告",
            Why::ReadingChanged => "本次检查的页面范围与上次不同",
        }
    }

    pub(super) fn code(self) -> i64 {
        match self {
            Why::NotPart => 1,
            Why::Unreadable => 2,
            Why::RuleOff => 3,
            Why::RuleChanged => 4,
            Why::ReadingChanged => 5,
        }
    }

    pub(super) fn from_code(code: i64) -> Option<Self> {
        Why::ALL.into_iter().find(|why| why.code() == code)
    }
}
