//! The threads that share a call's work: they spin briefly between calls, then park.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use crate::sync::lock;

/// Something that several threads work on at once.
pub(super) trait Work: Send + Sync {
    /// Takes part as the thread of this number, until nothing is left to do.
    fn take_part(&self, thread: usize);
}

/// The most threads, and devices, that a process may ask for.
pub(crate) const MOST: usize = 256;

/// 0 until it is set or first asked for.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// How many threads a compiled call may use: what [`set_threads`] was given, else the
/// environment variable `GRAXE_THREADS`, else as many as the machine runs at once.
///
/// Results are the same bits at any number.
///
/// # Panics
/// If `GRAXE_THREADS` is not a number from 1 to 256.
pub fn threads() -> usize {
    match COUNT.load(Ordering::Relaxed) {
        0 => {
            let count = match from_environment() {
                Ok(given) => given.unwrap_or_else(available),
                Err(message) => panic!("{message}"),
            };
            COUNT.store(count, Ordering::Relaxed);
            count
        }
        count => count,
    }
}

thread_local! {
    /// The device that this thread is, if it is one, and how many threads its calls may use.
    static DEVICE: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// Runs `f` as the device of a number, whose compiled calls may use so many threads.
pub(crate) fn as_device<R>(rank: usize, share: usize, f: impl FnOnce() -> R) -> R {
    struct Restore(Option<(usize, usize)>);
    impl Drop for Restore {
        fn drop(&mut self) {
            DEVICE.set(self.0);
        }
    }
    let _restore = Restore(DEVICE.replace(Some((rank, share))));
    f()
}

/// Sets how many threads compiled calls use, 1 for the caller's alone; values beyond 256 are 256.
///
/// # Panics
/// If `count` is 0.
pub fn set_threads(count: usize) {
    assert!(count > 0, "set_threads: at least the caller's thread works");
    COUNT.store(count.min(MOST), Ordering::Relaxed);
}

/// What `GRAXE_THREADS` asks for.
///
/// # Errors
/// If it is not a number from 1 to 256, with a message that says so.
pub fn threads_from_environment() -> Result<Option<usize>, String> {
    from_environment()
}

fn from_environment() -> Result<Option<usize>, String> {
    let Some(value) = std::env::var_os("GRAXE_THREADS") else {
        return Ok(None);
    };
    let text = value.to_string_lossy();
    match text.trim().parse() {
        Ok(count @ 1..=MOST) => Ok(Some(count)),
        _ => Err(format!(
            "GRAXE_THREADS is {text:?}: expected a number of threads from 1 to {MOST}"
        )),
    }
}

fn available() -> usize {
    thread::available_parallelism().map_or(1, |n| n.get().min(MOST))
}

/// Runs work on the caller's thread and on up to so many of its device's pool, if that is free.
pub(super) fn run(work: &Arc<dyn Work>, helpers: usize) {
    let (device, most) = DEVICE.get().unwrap_or_else(|| (0, threads()));
    let wanted = helpers.min(most - 1);
    if wanted == 0 {
        return work.take_part(0);
    }
    let pool = Pool::of(device);
    // A second caller works alone.
    let Ok(_turn) = pool.turn.try_lock() else {
        return work.take_part(0);
    };
    pool.publish(work, wanted);
    // Helpers are waited for also if the work panics: they hold spans of its memory.
    let _close = Close(pool);
    work.take_part(0);
}

struct Close<'a>(&'a Pool);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

struct Pool {
    /// Held by the caller whose work the pool does.
    turn: Mutex<()>,
    board: Mutex<Board>,
    wake: Condvar,
    /// Rises with every work that is published.
    published: AtomicU64,
    /// How many helpers are at the present work.
    inside: AtomicUsize,
}

#[derive(Default)]
struct Board {
    work: Option<Arc<dyn Work>>,
    /// Helpers that may still come to the present work, and the number of the next.
    places: usize,
    next: usize,
    sleeping: usize,
    /// Threads that were started.
    started: usize,
}

/// How often an idle helper looks for work before it parks: some tens of microseconds.
const SPINS: usize = 4000;

impl Pool {
    /// The pool of a device; that of the first is everyone's who is none.
    fn of(device: usize) -> &'static Self {
        static POOLS: [OnceLock<Pool>; MOST] = [const { OnceLock::new() }; MOST];
        POOLS[device].get_or_init(|| Self {
            turn: Mutex::new(()),
            board: Mutex::default(),
            wake: Condvar::new(),
            published: AtomicU64::new(0),
            inside: AtomicUsize::new(0),
        })
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        lock(&self.board)
    }

    fn publish(&'static self, work: &Arc<dyn Work>, helpers: usize) {
        let mut board = self.board();
        board.work = Some(work.clone());
        board.places = helpers;
        board.next = 1;
        let missing = helpers.saturating_sub(board.started);
        board.started += missing;
        let sleeping = board.sleeping;
        self.published.fetch_add(1, Ordering::Release);
        drop(board);
        for _ in 0..missing {
            // Without the thread the work is done by the others.
            let _ = thread::Builder::new()
                .name("graxe".to_owned())
                .spawn(|| self.help());
        }
        if sleeping > 0 {
            self.wake.notify_all();
        }
    }

    /// Lets no further helper in and waits for those inside.
    fn close(&self) {
        self.board().work = None;
        let mut spins = 0;
        while self.inside.load(Ordering::Acquire) > 0 {
            pause(&mut spins);
        }
    }

    fn help(&self) {
        let mut seen = 0;
        loop {
            self.await_work(&mut seen);
            let (work, thread) = {
                let mut board = self.board();
                match &board.work {
                    Some(work) if board.places > 0 => {
                        let work = work.clone();
                        let thread = board.next;
                        board.places -= 1;
                        board.next += 1;
                        self.inside.fetch_add(1, Ordering::Relaxed);
                        (work, thread)
                    }
                    _ => continue,
                }
            };
            work.take_part(thread);
            drop(work);
            self.inside.fetch_sub(1, Ordering::Release);
        }
    }

    /// Spins, then sleeps, until something was published since.
    fn await_work(&self, seen: &mut u64) {
        for _ in 0..SPINS {
            let now = self.published.load(Ordering::Acquire);
            if now != *seen {
                *seen = now;
                return;
            }
            std::hint::spin_loop();
        }
        let mut board = self.board();
        board.sleeping += 1;
        while self.published.load(Ordering::Acquire) == *seen {
            board = self
                .wake
                .wait(board)
                .unwrap_or_else(PoisonError::into_inner);
        }
        board.sleeping -= 1;
        *seen = self.published.load(Ordering::Acquire);
    }
}

/// One turn of a wait that is short unless the machine is busy.
pub(super) fn pause(spins: &mut usize) {
    *spins += 1;
    if *spins > SPINS {
        thread::yield_now();
    } else {
        std::hint::spin_loop();
    }
}
