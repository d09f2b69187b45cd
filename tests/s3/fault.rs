//! What can go wrong, on which request. A fault is armed on the server and strikes what it matches.

use super::op::Request;
use bytes::Bytes;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Runs while a request waits; it may change what the server holds.
pub type Hook = Arc<dyn Fn(&Request) + Send + Sync>;

/// Which requests a fault strikes. What is `None` matches all.
#[derive(Clone, Debug, Default)]
pub struct Match {
    pub op: Option<&'static str>,
    pub bucket: Option<String>,
    /// Part of the key.
    pub key: Option<String>,
    /// Part of the query: `partNumber=2`.
    pub query: Option<String>,
    /// The first match that is struck, counting from 1; 0 is the same as 1.
    pub nth: usize,
    /// How many are struck; 0 means all from the nth on.
    pub times: usize,
    /// Strike each with this chance in percent instead, by the server's own seeded dice.
    pub chance: Option<u8>,
}

/// A fault and where it strikes.
#[derive(Clone)]
pub struct Fault {
    pub on: Match,
    pub kind: Kind,
}

/// What goes wrong.
#[derive(Clone)]
pub enum Kind {
    /// The request waits before it is worked on.
    Latency(Duration),
    /// This answer; nothing is applied.
    Error(Answer),
    /// The request is applied, then this is answered: a false 412, 409, or NoSuchUpload after success.
    ErrorAfter(Answer),
    /// 200 with an `<Error>` body; applied or not.
    ErrorIn200 { code: &'static str, applied: bool },
    /// Applied; 200 whose XML holds no element that the caller needs.
    Empty200,
    /// The connection ends before the request is worked on.
    Reset,
    /// The connection ends once this many bytes of the request body arrived; nothing is applied.
    CutUpload(u64),
    /// Applied, then the connection ends without an answer.
    AnswerLost,
    /// The connection ends, and the request is applied this much later.
    Zombie(Duration),
    /// Answered as if applied, and nothing is: a lying store.
    NotApplied,
    /// The connection ends after this many bytes of the response body; Content-Length keeps the whole length.
    CutBody(usize),
    /// The response body ends after this many bytes, and Content-Length agrees.
    ShortBody(usize),
    /// This bit of the response body is flipped (counted from its start, modulo its length).
    FlipBit(usize),
    /// These bytes of the response body are zero.
    Zeros { from: usize, len: usize },
    /// Two blocks of this size at the start of the response body have changed places.
    Swapped(usize),
    /// The first block of this size stands in the place of the second, too.
    Doubled(usize),
    /// Another body altogether.
    OtherBody(Bytes),
    /// A proxy's page for people, with this status; nothing is applied.
    Portal(u16),
    /// The head of the answer comes at once, then so many bytes of white space with pauses, then the rest.
    KeepAlive(usize),
    /// A response header with another value, or without one: wrong checksum, HEAD that disagrees with GET.
    Header(&'static str, Option<String>),
    /// A listing that lies.
    List(ListLie),
    /// Runs before the request is worked on.
    Call(Hook),
    /// Runs after it was worked on, before the answer goes out.
    CallAfter(Hook),
}

/// How a listing lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListLie {
    /// The first entry is missing.
    Missing,
    /// The first entry comes twice.
    Duplicate,
    /// It says that it is complete, and has no token.
    SaysComplete,
    /// It says that more follows, and repeats the same token for ever.
    SaysTruncated,
    /// Its entries are in reverse.
    Unsorted,
    /// Its last entry is followed by one that is not there any more.
    Stale,
    /// It has no entry at all, and says that it is complete.
    Empty,
}

/// An error answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub code: &'static str,
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// Any status with any code.
    pub fn new(status: u16, code: &'static str) -> Answer {
        Answer { status, code, headers: vec![] }
    }
    /// 500
    pub fn internal_error() -> Answer {
        Answer::new(500, "InternalError")
    }
    /// 503 with Retry-After
    pub fn slow_down() -> Answer {
        Answer { headers: vec![("retry-after", "1".into())], ..Answer::new(503, "SlowDown") }
    }
    /// 429
    pub fn too_many_requests() -> Answer {
        Answer::new(429, "TooManyRequests")
    }
    /// 403
    pub fn expired_token() -> Answer {
        Answer::new(403, "ExpiredToken")
    }
    /// 403
    pub fn time_too_skewed() -> Answer {
        Answer::new(403, "RequestTimeTooSkewed")
    }
    /// 403
    pub fn access_denied() -> Answer {
        Answer::new(403, "AccessDenied")
    }
    /// 301: the bucket is in another region.
    pub fn permanent_redirect(region: &str) -> Answer {
        Answer { headers: vec![("x-amz-bucket-region", region.into())], ..Answer::new(301, "PermanentRedirect") }
    }
    /// 412
    pub fn precondition_failed() -> Answer {
        Answer::new(412, "PreconditionFailed")
    }
    /// 409: lost a race.
    pub fn conflict() -> Answer {
        Answer::new(409, "ConditionalRequestConflict")
    }
    /// 404
    pub fn no_such_upload() -> Answer {
        Answer::new(404, "NoSuchUpload")
    }
    /// 404
    pub fn no_such_key() -> Answer {
        Answer::new(404, "NoSuchKey")
    }
}

impl Fault {
    /// A fault on the first request of this operation.
    pub fn new(op: &'static str, kind: Kind) -> Fault {
        Fault { on: Match { op: Some(op), nth: 1, times: 1, ..Match::default() }, kind }
    }
    /// A fault on the first request of any operation.
    pub fn any(kind: Kind) -> Fault {
        Fault { on: Match { nth: 1, times: 1, ..Match::default() }, kind }
    }
    /// Only where the key contains this.
    pub fn key(mut self, part: &str) -> Fault {
        self.on.key = Some(part.into());
        self
    }
    /// Only in this bucket.
    pub fn bucket(mut self, name: &str) -> Fault {
        self.on.bucket = Some(name.into());
        self
    }
    /// Only where the query contains this.
    pub fn query(mut self, part: &str) -> Fault {
        self.on.query = Some(part.into());
        self
    }
    /// Not the first match but the nth.
    pub fn nth(mut self, nth: usize) -> Fault {
        self.on.nth = nth;
        self
    }
    /// This many in a row.
    pub fn times(mut self, times: usize) -> Fault {
        self.on.times = times;
        self
    }
    /// All from then on.
    pub fn always(self) -> Fault {
        self.times(0)
    }
    /// Each match with this chance.
    pub fn chance(mut self, percent: u8) -> Fault {
        self.on.chance = Some(percent);
        self
    }
}

/// The armed faults, how often each matched, and the dice.
#[derive(Default)]
pub struct Armed(Mutex<(Vec<(Fault, usize)>, u64)>);

impl Armed {
    pub fn add(&self, fault: Fault) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.push((fault, 0));
    }

    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clear();
    }

    pub fn seed(&self, seed: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = seed;
    }

    /// What strikes this request, in the order of arming.
    pub fn strike(&self, request: &Request) -> Vec<Kind> {
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (faults, dice) = &mut *armed;
        let mut struck = vec![];
        for (fault, count) in faults.iter_mut().filter(|(fault, _)| fault.on.fits(request)) {
            *count += 1;
            let first = fault.on.nth.max(1);
            let hit = match fault.on.chance {
                Some(percent) => roll(dice) < u64::from(percent),
                None => *count >= first && (fault.on.times == 0 || *count < first + fault.on.times),
            };
            if hit {
                struck.push(fault.kind.clone());
            }
        }
        struck
    }
}

impl Match {
    fn fits(&self, request: &Request) -> bool {
        self.op.is_none_or(|op| op == request.op)
            && self.bucket.as_ref().is_none_or(|bucket| *bucket == request.bucket)
            && self.key.as_ref().is_none_or(|key| request.key.contains(key))
            && self.query.as_ref().is_none_or(|query| request.query.contains(query))
    }
}

/// 0 to 99, by splitmix64.
fn roll(dice: &mut u64) -> u64 {
    *dice = dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut x = *dice;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)) % 100
}

impl Kind {
    /// Its name in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Latency(_) => "Latency",
            Kind::Error(answer) => answer.code,
            Kind::ErrorAfter(_) => "ErrorAfter",
            Kind::ErrorIn200 { .. } => "ErrorIn200",
            Kind::Empty200 => "Empty200",
            Kind::Reset => "Reset",
            Kind::CutUpload(_) => "CutUpload",
            Kind::AnswerLost => "AnswerLost",
            Kind::Zombie(_) => "Zombie",
            Kind::NotApplied => "NotApplied",
            Kind::CutBody(_) => "CutBody",
            Kind::ShortBody(_) => "ShortBody",
            Kind::FlipBit(_) => "FlipBit",
            Kind::Zeros { .. } => "Zeros",
            Kind::Swapped(_) => "Swapped",
            Kind::Doubled(_) => "Doubled",
            Kind::OtherBody(_) => "OtherBody",
            Kind::Portal(_) => "Portal",
            Kind::KeepAlive(_) => "KeepAlive",
            Kind::Header(..) => "Header",
            Kind::List(_) => "List",
            Kind::Call(_) => "Call",
            Kind::CallAfter(_) => "CallAfter",
        }
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
