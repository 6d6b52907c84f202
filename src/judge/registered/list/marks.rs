//! Marks in and between the members of a list. The build script, which compiles what lists are found by, uses this file too.

/// How two members are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Separator {
    /// Nothing, or quotation marks only.
    None,
    /// A comma or semicolon, which may as well divide clauses.
    Clause,
    /// A mark or word that only lists have: 、 和 以及.
    List,
}

pub(super) fn is_quote(character: char) -> bool {
    matches!(character, '“' | '”' | '‘' | '’' | '"' | '\'' | '「' | '」' | '『' | '』')
}

/// Whether a character separates members.
pub(super) fn mark(character: char) -> Option<Separator> {
    match character {
        '、' | '/' | '／' | '·' | '•' | '・' | '｜' | '|' | '﹑' => Some(Separator::List),
        '，' | ',' | '；' | ';' => Some(Separator::Clause),
        ' ' | '—' | '-' => Some(Separator::None),
        _ => None,
    }
}

/// Quotation marks and separators: what a member may be written with or without.
pub(super) fn is_mark(character: char) -> bool {
    is_quote(character) || mark(character).is_some()
}

/// What a member is looked for by: its beginning up to a mark that may be set in another way.
pub(super) fn probe(member: &str) -> &str {
    let member = member.trim_start_matches(is_mark);
    member.split(is_mark).next().unwrap_or(member)
}
