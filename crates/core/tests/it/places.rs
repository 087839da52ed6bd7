//! Functions at one place of an axis whose others are elsewhere.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use graxe_core::{
    Array, BatchAxes, DType, Transport, grad, pmap_over, pmean, ppermute, psum, vmap_with,
};

/// A transport that sends every array to every place through channels, as messages between processes go.
struct Channels {
    rank: usize,
    to: Vec<Sender<(usize, Array)>>,
    from: Mutex<Receiver<(usize, Array)>>,
    early: Mutex<Vec<(usize, Array)>>,
}

impl Transport for Channels {
    fn size(&self) -> usize {
        self.to.len()
    }

    fn rank(&self) -> usize {
        self.rank
    }

    fn all_gather(&self, own: Array) -> Result<Vec<Array>, String> {
        for to in &self.to {
            to.send((self.rank, own.clone()))
                .map_err(|e| e.to_string())?;
        }
        let mut all: Vec<Option<Array>> = vec![None; self.size()];
        let mut early = self.early.lock().map_err(|e| e.to_string())?;
        let mut waiting: Vec<(usize, Array)> = std::mem::take(&mut *early);
        let from = self.from.lock().map_err(|e| e.to_string())?;
        loop {
            for (rank, array) in std::mem::take(&mut waiting) {
                if all[rank].is_none() {
                    all[rank] = Some(array);
                } else {
                    // Of the next meeting already.
                    early.push((rank, array));
                }
            }
            if all.iter().all(Option::is_some) {
                return Ok(all.into_iter().flatten().collect());
            }
            waiting.push(from.recv().map_err(|e| e.to_string())?);
        }
    }
}

fn channels(size: usize) -> Vec<Arc<Channels>> {
    let (to, from): (Vec<_>, Vec<_>) = (0..size).map(|_| channel()).unzip();
    let end = |(rank, from)| {
        Arc::new(Channels {
            rank,
            to: to.clone(),
            from: Mutex::new(from),
            early: Mutex::default(),
        })
    };
    from.into_iter().enumerate().map(end).collect()
}

fn step(x: &Array) -> (Array, Array) {
    let loss = |x: &Array| pmean(&x.tanh().square().sum(..), "hosts");
    let moved = x - grad(loss)(x) * 0.1;
    (
        ppermute(&moved, "hosts", &[(0, 1), (1, 2), (2, 0)]),
        psum(x, "hosts"),
    )
}

#[test]
fn a_transport_of_ones_own_gives_the_bits_of_vmap() {
    let x = Array::from_vec(
        (0..21).map(|i| i as f32 / 7.0 - 1.3).collect::<Vec<_>>(),
        [3, 7],
    );
    let together = vmap_with(step, BatchAxes::default().name("hosts"))(&x);
    let apart: Vec<(Array, Array)> = std::thread::scope(|scope| {
        let threads: Vec<_> = channels(3)
            .into_iter()
            .enumerate()
            .map(|(rank, transport)| {
                let own = x.index(rank as isize);
                scope.spawn(move || {
                    let here = pmap_over(step, "hosts", transport);
                    here(&own);
                    here(&own)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|t| t.join().expect("no place fails"))
            .collect()
    });
    for (rank, (moved, sum)) in apart.iter().enumerate() {
        let bits = |a: &Array| {
            a.to_vec::<f32>()
                .iter()
                .map(|v| v.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(moved), bits(&together.0.index(rank as isize)));
        assert_eq!(bits(sum), bits(&together.1.index(rank as isize)));
        assert_eq!(moved.dtype(), DType::F32);
    }
}
