//! Risky formats are read in processes of their own.
//!
//! A file made for the purpose can drive a parser into endless loops, gigabytes or a stack overflow, none of which can be
//! contained inside a process. So the program starts itself again as a worker, with limits of time and memory that the
//! system enforces, and gets the document back over a pipe. A worker serves many files one after another; whatever kills it
//! becomes a notice about the file that did. Results are those of reading in process.
//!
//! Both ends are the same binary, so messages are `postcard` without a version: for a request the length of its head and of
//! the file, the head, the file; for an answer its length and the answer. A risky container gives an answer for each of its
//! entries, to which one byte replies: go on, or no.

use std::ffi::OsString;
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::extract::{ExtractOptions, Extracted, Picture, read_as};
use crate::source::{
    Budget, Code, Container, Held, Limits, LimitsConfig, Notice, Outer, Refusal, Source, Visitor, human_size, unpack,
};

/// Files after which a worker is replaced, so that what a library leaks or fragments does not add up.
const FILES: u32 = 256;
/// Exit status of a worker that ran out of time.
const TIMED_OUT: i32 = 124;
/// Stack of the thread that reads: enough for every depth that parsers allow themselves.
const STACK: usize = 32 << 20;
/// How many times its limit a file may take by the clock.
const PATIENCE: u32 = 10;
/// Largest answer, in bytes.
const ANSWER: u64 = 2 << 30;

/// How a worker is started: a program that ends up in [`serve`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// Workers that are started when needed. As many run as threads ask at once.
#[derive(Debug)]
pub struct Workers {
    command: WorkerCommand,
    idle: Mutex<Vec<Worker>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    name: String,
    limits: LimitsConfig,
    pictures: bool,
    /// What is to be unpacked, if it is a container.
    container: Option<Unpack>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Unpack {
    kind: Container,
    again: bool,
    /// What is left of the budget.
    budget: u64,
}

#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    /// What [`Extracted`] holds.
    Read(Box<Document>, Vec<Notice>, Vec<Source>, Vec<Picture>),
    /// Whether the entry of this name is to be read.
    Wants(String),
    /// An entry of a container.
    Entry(usize, Source),
    /// An entry of a container that cannot be read.
    Refused(usize, String, Refusal),
    /// The container is at its end; what is to be said about it, and what is left of the budget.
    Unpacked(Vec<Notice>, u64),
    /// The parser panicked.
    Panicked,
}

/// Why there is no answer.
#[derive(Debug)]
enum Failure {
    /// The process could not be started.
    Start(io::Error),
    Time,
    Memory,
    /// The process ended in another way.
    Died,
}

#[derive(Debug)]
struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    served: u32,
    /// Its limit of memory, which cannot be changed.
    memory: u64,
}

impl Workers {
    /// Workers that `command` starts; none is started yet.
    pub fn new(command: WorkerCommand) -> Self {
        Workers { command, idle: Mutex::new(Vec::new()) }
    }

    /// Reads `source` in a worker.
    pub(crate) fn extract(&self, source: &Source, options: &ExtractOptions) -> Extracted<'static> {
        let limits = &options.limits;
        let mut answer = self.ask(source, options, false);
        // What a worker did before must not decide about this file.
        if matches!(&answer, Err((Failure::Memory | Failure::Died, served)) if *served > 0) {
            answer = self.ask(source, options, true);
        }
        match answer {
            Ok(Answer::Read(document, notices, inner, pictures)) => {
                Extracted { document: *document, notices, inner, pictures, ..Extracted::default() }
            }
            Err((failure, _)) => failed(&source.name, &failure, limits),
            Ok(_) => failed(&source.name, &Failure::Died, limits),
        }
    }

    /// Unpacks a container in a worker.
    pub(crate) fn unpack(
        &self,
        outer: &Outer<'_>,
        bytes: &[u8],
        limits: &Limits,
        budget: &Budget,
        again: bool,
        visitor: &mut dyn Visitor,
    ) -> Vec<Notice> {
        let failed = |failure| failed(outer.name, &failure, limits).notices;
        let unpack = Unpack { kind: outer.kind, again, budget: budget.left() };
        let request = Request {
            name: outer.name.to_owned(),
            limits: LimitsConfig::all(limits),
            pictures: false,
            container: Some(unpack),
        };
        let mut worker = match self.worker(limits, false) {
            Ok(worker) => worker,
            Err(error) => return failed(Failure::Start(error)),
        };
        if worker.send(&request, bytes).is_err() {
            // It died of something before.
            worker = match self.worker(limits, true) {
                Ok(worker) => worker,
                Err(error) => return failed(Failure::Start(error)),
            };
            if worker.send(&request, bytes).is_err() {
                return failed(worker.post_mortem());
            }
        }
        loop {
            let going_on = match worker.receive() {
                Ok(Answer::Wants(name)) => visitor.wants(&name),
                Ok(Answer::Entry(position, source)) => {
                    if !again {
                        // The worker has seen to it that there is so much left.
                        let _ = budget.take(source.bytes.len(), limits);
                    }
                    let date = source.date.or_else(|| outer.date.cloned());
                    visitor.entry(position, Source { date, ..source }, budget).is_continue()
                }
                Ok(Answer::Refused(position, name, refusal)) => visitor.refused(position, name, refusal).is_continue(),
                Ok(Answer::Unpacked(notices, left)) => {
                    let spent = budget.left().saturating_sub(left);
                    let _ = budget.take(usize::try_from(spent).unwrap_or(usize::MAX), limits);
                    self.put_back(worker);
                    return notices;
                }
                Ok(Answer::Panicked) => {
                    self.put_back(worker);
                    return failed(Failure::Died);
                }
                Ok(Answer::Read(..)) | Err(_) => return failed(worker.post_mortem()),
            };
            if worker.reply(going_on).is_err() {
                return failed(worker.post_mortem());
            }
        }
    }

    /// The answer of a worker, or why there is none and how many files it had served before.
    fn ask(&self, source: &Source, options: &ExtractOptions, fresh: bool) -> Result<Answer, (Failure, u32)> {
        let mut worker = self.worker(&options.limits, fresh).map_err(|error| (Failure::Start(error), 0))?;
        match worker.ask(source, options) {
            Ok(answer) => {
                self.put_back(worker);
                Ok(answer)
            }
            Err(_) => {
                let served = worker.served;
                Err((worker.post_mortem(), served))
            }
        }
    }
}

impl Workers {
    /// An idle worker or a new one.
    fn worker(&self, limits: &Limits, fresh: bool) -> io::Result<Worker> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let known = if fresh { None } else { idle().pop().filter(|worker| worker.memory == limits.memory) };
        known.map_or_else(|| Worker::start(&self.command, limits.memory), Ok)
    }

    fn put_back(&self, mut worker: Worker) {
        worker.served += 1;
        if worker.served < FILES {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
    }
}

/// What is to be said of a file whose worker gave no answer.
fn failed(name: &str, failure: &Failure, limits: &Limits) -> Extracted<'static> {
    let (code, message) = match failure {
        Failure::Died => (Code::Internal, "读取时程序内部出错，没有检查。请保留这个文件并反馈问题".to_owned()),
        Failure::Time => (
            Code::Limit,
            format!("读取超过 {} 秒，已停止，没有检查。文件可信时可用 --limit seconds=… 放宽", limits.seconds),
        ),
        Failure::Memory => (
            Code::Limit,
            format!(
                "读取所需内存超过 {}，已停止，没有检查。文件可信时可用 --limit memory=… 放宽",
                human_size(limits.memory)
            ),
        ),
        Failure::Start(error) => {
            (Code::Internal, format!("无法启动读取进程（{error}），没有检查。请确认程序文件仍在原处并可以运行"))
        }
    };
    Extracted { notices: vec![Notice::error(name, code, message)], ..Extracted::default() }
}

impl Worker {
    fn start(command: &WorkerCommand, memory: u64) -> io::Result<Self> {
        let mut process = Command::new(&command.program);
        // Ctrl-C is for the program, which ends in order and its workers with it; a worker that it killed would count as one
        // that a file killed.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        let mut child = process
            .args(&command.arguments)
            // The program's allocator reserves a gibibyte of addresses ahead, which would count as memory that is used.
            .env("MIMALLOC_DISALLOW_ARENA_ALLOC", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Worker { child, input, output: BufReader::new(output), served: 0, memory })
            }
            _ => Err(io::Error::other("no pipe")),
        }
    }

    fn ask(&mut self, source: &Source, options: &ExtractOptions) -> io::Result<Answer> {
        let (limits, pictures) = (LimitsConfig::all(&options.limits), options.pictures);
        let request = Request { name: source.name.clone(), limits, pictures, container: None };
        self.send(&request, &source.bytes)?;
        self.receive()
    }

    fn send(&mut self, request: &Request, bytes: &[u8]) -> io::Result<()> {
        let head = postcard::to_stdvec(request).map_err(io::Error::other)?;
        self.input.write_all(&(head.len() as u64).to_le_bytes())?;
        self.input.write_all(&(bytes.len() as u64).to_le_bytes())?;
        self.input.write_all(&head)?;
        self.input.write_all(bytes)?;
        self.input.flush()
    }

    fn receive(&mut self) -> io::Result<Answer> {
        let length = read_length(&mut self.output)?;
        let answer = read_bytes(&mut self.output, length)?;
        postcard::from_bytes(&answer).map_err(io::Error::other)
    }

    fn reply(&mut self, going_on: bool) -> io::Result<()> {
        self.input.write_all(&[u8::from(going_on)])?;
        self.input.flush()
    }

    /// Why the worker gave no answer.
    fn post_mortem(mut self) -> Failure {
        // A worker that still runs has sent nonsense.
        let _ = self.child.kill();
        let status = self.child.wait().ok();
        let mut said = Vec::new();
        if let Some(errors) = self.child.stderr.take() {
            let _ = errors.take(4096).read_to_end(&mut said);
        }
        let said = String::from_utf8_lossy(&said);
        if status.and_then(|status: ExitStatus| status.code()) == Some(TIMED_OUT) {
            Failure::Time
        } else if said.contains("memory allocation of") {
            Failure::Memory
        } else {
            Failure::Died
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Serves as a worker until the input ends: reads requests, answers them.
pub fn serve() -> io::Result<()> {
    // The parent reads what is said only after a death, so that nobody would empty the pipe.
    std::panic::set_hook(Box::new(|_| {}));
    let thread =
        std::thread::Builder::new().stack_size(STACK).spawn(|| run(io::stdin().lock(), io::stdout().lock()))?;
    thread.join().unwrap_or_else(|_| Err(io::Error::other("the worker failed")))
}

fn run(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    let timer = Timer::start()?;
    let mut memory = None;
    loop {
        let head = match read_length(&mut input) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        };
        let size = read_length(&mut input)?;
        let request: Request = postcard::from_bytes(&read_bytes(&mut input, head)?).map_err(io::Error::other)?;
        let limits = request.limits.over(Limits::default());
        // What was lowered cannot be raised again: a worker keeps the limit of its first request, and gets no others.
        if memory.is_none() {
            limit_memory(limits.memory);
            memory = Some(limits.memory);
        }
        let seconds = Duration::from_secs(limits.seconds);
        timer.set(Some(seconds));
        let source = Source::new(request.name, read_bytes(&mut input, size)?);
        let options = ExtractOptions { limits, pictures: request.pictures, ..ExtractOptions::default() };
        let mut remote = Remote { input: &mut input, output: &mut output, timer: &timer, seconds, failed: None };
        let answer = catch_unwind(AssertUnwindSafe(|| match request.container {
            Some(Unpack { kind, again, budget }) => {
                let outer = Outer { name: &source.name, kind, held: Held::Bytes(&source.bytes), date: None };
                let budget = Budget::of(budget);
                let notices = unpack(&outer, &limits, &budget, again, &mut remote);
                Answer::Unpacked(notices, budget.left())
            }
            None => {
                let extracted = read_as(source.kind(), &source, &options);
                Answer::Read(Box::new(extracted.document), extracted.notices, extracted.inner, extracted.pictures)
            }
        }));
        if let Some(error) = remote.failed.take() {
            return Err(error);
        }
        let answer = postcard::to_stdvec(&answer.unwrap_or(Answer::Panicked)).map_err(io::Error::other)?;
        timer.set(None);
        send(&mut output, &answer)?;
    }
}

fn send(output: &mut impl Write, answer: &[u8]) -> io::Result<()> {
    output.write_all(&(answer.len() as u64).to_le_bytes())?;
    output.write_all(answer)?;
    output.flush()
}

/// Hands entries over to the process that asked, whose time is not the file's.
struct Remote<'r, I, O> {
    input: &'r mut I,
    output: &'r mut O,
    timer: &'r Timer,
    seconds: Duration,
    failed: Option<io::Error>,
}

impl<I: Read, O: Write> Remote<'_, I, O> {
    fn ask(&mut self, answer: &Answer) -> bool {
        self.timer.set(None);
        let asked = postcard::to_stdvec(answer).map_err(io::Error::other).and_then(|answer| {
            send(self.output, &answer)?;
            let mut reply = [0];
            self.input.read_exact(&mut reply)?;
            Ok(reply == [1])
        });
        self.timer.set(Some(self.seconds));
        asked.unwrap_or_else(|error| {
            self.failed = Some(error);
            false
        })
    }

    fn flow(&mut self, answer: &Answer) -> ControlFlow<()> {
        if self.ask(answer) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

impl<I: Read, O: Write> Visitor for Remote<'_, I, O> {
    fn wants(&mut self, name: &str) -> bool {
        self.failed.is_none() && self.ask(&Answer::Wants(name.to_owned()))
    }

    fn entry(&mut self, position: usize, source: Source, _budget: &Budget) -> ControlFlow<()> {
        self.flow(&Answer::Entry(position, source))
    }

    fn refused(&mut self, position: usize, name: String, refusal: Refusal) -> ControlFlow<()> {
        self.flow(&Answer::Refused(position, name, refusal))
    }
}

fn read_length(input: &mut impl Read) -> io::Result<u64> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    match u64::from_le_bytes(length) {
        length if length <= ANSWER => Ok(length),
        _ => Err(io::Error::other("too long")),
    }
}

fn read_bytes(input: &mut impl Read, length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length as usize);
    if input.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

/// Ends the process when the time for a file is over. Whatever the file has the parser do, this thread is not part of it.
struct Timer(mpsc::Sender<Option<Duration>>);

impl Timer {
    fn start() -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel::<Option<Duration>>();
        std::thread::Builder::new().stack_size(1 << 16).spawn(move || {
            let mut running: Option<Running> = None;
            loop {
                let next = match &running {
                    Some(running) => receiver.recv_timeout(running.left()),
                    None => receiver.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
                };
                match next {
                    Ok(limit) => running = limit.map(Running::new),
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        if running.as_ref().is_some_and(|running| running.left().is_zero()) {
                            std::process::exit(TIMED_OUT);
                        }
                    }
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        })?;
        Ok(Timer(sender))
    }

    fn set(&self, limit: Option<Duration>) {
        // Without its thread the worker is about to end.
        let _ = self.0.send(limit);
    }
}

/// A file that is being read.
struct Running {
    limit: Duration,
    started: Instant,
    used: Duration,
}

impl Running {
    fn new(limit: Duration) -> Self {
        Running { limit, started: Instant::now(), used: processor_time() }
    }

    /// How long it may still go on. What counts is the time for which this process had a processor, so that a busy machine
    /// changes no result; but nobody waits for ever.
    fn left(&self) -> Duration {
        let used = processor_time().saturating_sub(self.used);
        let waited = self.started.elapsed();
        self.limit.saturating_sub(used).min(self.limit.saturating_mul(PATIENCE).saturating_sub(waited))
    }
}

/// Processor time of this process.
#[cfg(unix)]
fn processor_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap_or_default()
}

/// Time that passes; the processor's is not known.
#[cfg(not(unix))]
fn processor_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// Limits the address space of this process. Where the system has no such limit, time is the only one.
#[cfg(unix)]
fn limit_memory(bytes: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::As).maximum;
    let current = Some(maximum.map_or(bytes, |maximum| bytes.min(maximum)));
    let _ = setrlimit(Resource::As, Rlimit { current, maximum });
    // A parser that is stopped leaves no memory image behind.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

#[cfg(not(unix))]
fn limit_memory(_bytes: u64) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_gets_the_answer_of_reading_in_process() {
        let source = Source::new("a.txt", "关于布署工作的通知\n\n各部门：\n".as_bytes());
        let limits = Limits { seconds: 10, memory: u64::MAX, ..Limits::default() };
        let head = postcard::to_stdvec(&Request {
            name: source.name.clone(),
            limits: LimitsConfig::all(&limits),
            pictures: false,
            container: None,
        })
        .unwrap();
        let mut input = Vec::new();
        for _ in 0..2 {
            input.extend((head.len() as u64).to_le_bytes());
            input.extend((source.bytes.len() as u64).to_le_bytes());
            input.extend(&head);
            input.extend(&source.bytes);
        }
        let mut output = Vec::new();
        run(&input[..], &mut output).unwrap();
        let mut output = &output[..];
        for _ in 0..2 {
            let length = read_length(&mut output).unwrap();
            let answer: Answer = postcard::from_bytes(&read_bytes(&mut output, length).unwrap()).unwrap();
            let Answer::Read(document, notices, ..) = answer else { panic!("{answer:?}") };
            let here = read_as(source.kind(), &source, &ExtractOptions::default());
            assert_eq!((format!("{document:?}"), notices), (format!("{:?}", here.document), here.notices));
        }
        assert!(output.is_empty());
    }

    #[test]
    fn a_program_that_is_no_worker_is_noticed() {
        let command = WorkerCommand { program: "/nonexistent/zhengming".into(), arguments: Vec::new() };
        let source = Source::new("a.pdf", "%PDF-1.4\n".as_bytes());
        let extracted = Workers::new(command).extract(&source, &ExtractOptions::default());
        assert_eq!(extracted.notices[0].code, Code::Internal);
    }
}
