//! How arrays pass between the places of a mapped function, and the transport between threads of
//! this process.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::array::Array;
use crate::cpu::{MOST, threads};
use crate::ops::batching::AxisName;
use crate::sync::lock;

/// Carries arrays between the places that a function is mapped over: threads, processes or devices.
///
/// Every place calls the same methods in the same order, with arrays of the same shape and dtype.
/// Sums and maxima are made of what is gathered, in the order of the places, so that they are the
/// same bits everywhere and by every transport.
pub trait Transport: Send + Sync {
    /// How many places there are.
    fn size(&self) -> usize;

    /// The number of this place.
    fn rank(&self) -> usize;

    /// The arrays of all places in order of their numbers.
    ///
    /// # Errors
    /// If another place failed or cannot be reached.
    fn all_gather(&self, own: Array) -> Result<Vec<Array>, String>;

    /// What is received where each pair says from where to where; nothing if no pair ends here.
    ///
    /// # Errors
    /// As [`Transport::all_gather`].
    fn permute(&self, own: Array, pairs: &[(usize, usize)]) -> Result<Option<Array>, String> {
        let all = self.all_gather(own)?;
        let sender = pairs.iter().find(|(_, to)| *to == self.rank());
        Ok(sender.map(|(from, _)| all[*from].clone()))
    }
}

/// How many devices [`pmap`](crate::pmap) may use: 0 until it is set or first asked for.
static DEVICES: AtomicUsize = AtomicUsize::new(0);

/// How many devices of this host there are for [`pmap`](crate::pmap): what [`set_devices`] was given,
/// else the environment variable `GRAXE_DEVICES`, else as many as there are threads.
///
/// # Panics
/// If `GRAXE_DEVICES` is not a number from 1 to 256.
pub fn devices() -> usize {
    match DEVICES.load(Ordering::Relaxed) {
        0 => {
            let count = match std::env::var("GRAXE_DEVICES") {
                Err(_) => threads(),
                Ok(text) => match text.trim().parse() {
                    Ok(count @ 1..=MOST) => count,
                    _ => panic!("GRAXE_DEVICES is {text:?}: expected a number from 1 to {MOST}"),
                },
            };
            DEVICES.store(count, Ordering::Relaxed);
            count
        }
        count => count,
    }
}

/// Sets how many devices of this host there are; each is a share of the threads, and at least one.
///
/// # Panics
/// If `count` is 0 or more than 256.
pub fn set_devices(count: usize) {
    assert!(
        (1..=MOST).contains(&count),
        "set_devices: expected a number from 1 to {MOST}, found {count}"
    );
    DEVICES.store(count, Ordering::Relaxed);
}

thread_local! {
    /// The axes over which this thread is a place.
    static PLACES: RefCell<Vec<(AxisName, Arc<dyn Transport>)>> = const { RefCell::new(Vec::new()) };
}

/// Runs `f` as a place of a named axis.
pub(crate) fn at_place<R>(
    axis: AxisName,
    transport: Arc<dyn Transport>,
    f: impl FnOnce() -> R,
) -> R {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            PLACES.with_borrow_mut(Vec::pop);
        }
    }
    PLACES.with_borrow_mut(|places| places.push((axis, transport)));
    let _leave = Leave;
    f()
}

/// The transport of the innermost axis of that name on this thread.
pub(crate) fn transport(axis: &str) -> Option<Arc<dyn Transport>> {
    PLACES.with_borrow(|places| {
        let found = places.iter().rfind(|(name, _)| &**name == axis);
        found.map(|(_, transport)| transport.clone())
    })
}

/// A meeting of threads of this process.
struct Host {
    size: usize,
    board: Mutex<Board>,
    turn: Condvar,
}

#[derive(Default)]
struct Board {
    given: Vec<Option<Array>>,
    /// The complete arrays of the last meeting.
    all: Vec<Array>,
    arrived: usize,
    meetings: u64,
    /// Whether a place failed, and whether one has ended.
    failed: bool,
    left: bool,
}

impl Host {
    fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }
}

/// One thread's end of the transport.
pub(crate) struct Place {
    host: Arc<Host>,
    rank: usize,
}

/// The ends of a transport between so many threads.
pub(crate) fn between_threads(size: usize) -> Vec<Arc<Place>> {
    let host = Arc::new(Host {
        size,
        board: Mutex::new(Board {
            given: vec![None; size],
            ..Board::default()
        }),
        turn: Condvar::new(),
    });
    let place = |rank| {
        Arc::new(Place {
            host: host.clone(),
            rank,
        })
    };
    (0..size).map(place).collect()
}

impl Place {
    /// Tells the others that this place failed.
    pub(crate) fn fail(&self) {
        self.host.board().failed = true;
        self.host.turn.notify_all();
    }

    /// Tells the others that this place has ended, and comes to no further meeting.
    pub(crate) fn leave(&self) {
        self.host.board().left = true;
        self.host.turn.notify_all();
    }
}

impl Transport for Place {
    fn size(&self) -> usize {
        self.host.size
    }

    fn rank(&self) -> usize {
        self.rank
    }

    fn all_gather(&self, own: Array) -> Result<Vec<Array>, String> {
        let mut board = self.host.board();
        board.given[self.rank] = Some(own);
        board.arrived += 1;
        let meeting = board.meetings;
        if board.arrived == self.host.size {
            // Nobody comes to the next meeting before having left this one with its arrays.
            board.all = board.given.iter_mut().filter_map(Option::take).collect();
            board.arrived = 0;
            board.meetings += 1;
            self.host.turn.notify_all();
        }
        while board.meetings == meeting && !board.failed && !board.left {
            board = self
                .host
                .turn
                .wait(board)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if board.meetings == meeting {
            return Err(if board.failed {
                "another device failed".to_owned()
            } else {
                "another device ended without taking part: whether a collective is run must not \
                 depend on what differs from device to device"
                    .to_owned()
            });
        }
        Ok(board.all.clone())
    }
}
