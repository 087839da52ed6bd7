//! Functions of all devices: the bits of the batch, on any number of devices and threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use graxe_core::{
    Array, BatchAxes, BatchAxis, Csr, DType, Pattern, Transport, all_gather, all_to_all,
    axis_index, axis_size, check_nans, checkpoint, custom_vjp, debug_callback, devices, grad, jit,
    pmap, pmap_over, pmap_with, pmax, pmean, ppermute, psum, scan, set_devices, set_threads,
    softmax, vmap, vmap_with,
};

use super::messages::message;
use super::numbers::{bits, doubles};

/// How many devices there are belongs to the process: one test at a time says so.
static DEVICES: Mutex<()> = Mutex::new(());

fn with_devices(count: usize) -> MutexGuard<'static, ()> {
    let guard = DEVICES.lock().unwrap_or_else(PoisonError::into_inner);
    set_devices(count);
    guard
}

type Program = fn(&Array, &Array) -> Array;

/// Of an array `[6]` of each device and a matrix `[6,6]` that they share.
const PROGRAMS: [(&str, Program); 9] = [
    ("product", |x, w| x.matmul(w).tanh() - pmean(x, "d")),
    ("softmax", |x, w| {
        let y = softmax(&x.matmul(w), -1);
        &y / psum(&y, "d") + pmax(&y, "d")
    }),
    ("scan", |x, w| {
        let step = |c: Array, x: Array| {
            let c = (c * 0.5 + psum(&x, "d")).sin();
            (c.clone(), c * x)
        };
        let (c, ys) = scan(step, w.sum(..), x);
        c + ys
    }),
    ("gradient", |x, w| {
        let loss = |w: &Array| pmean(&(x.matmul(w).sin() * x).sum(..), "d");
        w - grad(loss)(w) * 0.1
    }),
    ("gradient in a scan", |x, w| {
        let step = |w: Array, x: Array| {
            let loss = |w: &Array| (w * &x).sin().square().sum(..);
            let w = &w - pmean(&grad(loss)(&w), "d") * 0.1;
            (w.clone(), w.sum(..))
        };
        scan(step, w.clone(), x).1
    }),
    ("second derivative", |x, w| {
        let loss = |x: &Array| (psum(&x.sin(), "d") * x.matmul(w)).sum(..);
        let along = |x: &Array| (grad(loss)(x) * x.cos().stop_gradient()).sum(..);
        grad(along)(x)
    }),
    ("slices sent", |x, w| {
        let from = axis_index("d");
        let around = ppermute(x, "d", &[(0, 0)]);
        let all = all_gather(&x.matmul(w), "d");
        let own = x.index(..axis_size("d") as isize);
        all.sum(0) * from + around + all_to_all(&own, "d", 0, 0).sum(..)
    }),
    ("checkpoint", |x, w| {
        let block = checkpoint(|w: &Array, x: &Array| psum(&x.matmul(w).sin(), "d").tanh());
        let loss = |w: &Array| (block(w, x) * x).sum(..);
        grad(loss)(w)
    }),
    ("custom rule", |x, w| {
        let f = custom_vjp(
            |w: &Array, x: &Array| x.matmul(w),
            |(w, x)| (x.matmul(&w), (w, x)),
            |(w, x): (Array, Array), c: Array| {
                (x.expand_dims(1) * c.expand_dims(0) * 3, w.matmul(&c))
            },
        );
        grad(|w: &Array| (f(w, x) * x).sum(..))(w)
    }),
];

fn axes() -> BatchAxes {
    BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]).name("d")
}

#[test]
fn sums_of_what_all_share_have_the_bits_of_the_batch() {
    let _alone = with_devices(7);
    let w = doubles([6, 6], 3);
    let f = |x: &Array, w: &Array| psum(w, "d") + pmean(&(w * 0.3), "d") + x;
    for count in [5, 6, 7] {
        let x = doubles([count, 6], count);
        let wanted = bits(&vmap_with(f, axes())(&x, &w));
        assert_eq!(bits(&pmap_with(f, axes())(&x, &w)), wanted, "{count}");
    }
}

#[test]
fn devices_give_the_bits_of_the_batch() {
    let _alone = with_devices(4);
    let w = doubles([6, 6], 9);
    for threads in [1, 4] {
        set_threads(threads);
        for count in 1..=4 {
            set_devices(count);
            let x = doubles([count, 6], count);
            for (name, f) in PROGRAMS {
                let wanted = bits(&vmap_with(f, axes())(&x, &w));
                let on_devices = pmap_with(f, axes());
                assert_eq!(bits(&on_devices(&x, &w)), wanted, "{name} on {count}");
                assert_eq!(bits(&on_devices(&x, &w)), wanted, "{name} again");
                assert_eq!(bits(&jit(vmap_with(f, axes()))(&x, &w)), wanted, "{name}");
                // Within other transformations it is the batch.
                assert_eq!(bits(&jit(pmap_with(f, axes()))(&x, &w)), wanted, "{name}");
                let inner = jit(f);
                assert_eq!(bits(&pmap_with(&inner, axes())(&x, &w)), wanted, "{name}");
            }
            let total = |x: &Array| pmap_with(PROGRAMS[0].1, axes())(x, &w).sum(..);
            let batch = |x: &Array| vmap_with(PROGRAMS[0].1, axes())(x, &w).sum(..);
            assert_eq!(bits(&grad(total)(&x)), bits(&grad(batch)(&x)));
        }
    }
    // Fewer slices than devices; single precision; more threads than devices.
    set_devices(2);
    set_threads(4);
    let x = doubles([2, 64, 6], 3).astype(DType::F32);
    let w = w.astype(DType::F32);
    for (_, f) in &PROGRAMS[..2] {
        let wanted = bits(&vmap_with(f, axes())(&x, &w));
        assert_eq!(bits(&pmap_with(f, axes())(&x, &w)), wanted);
        set_devices(3);
        assert_eq!(bits(&pmap_with(f, axes())(&x, &w)), wanted);
        set_devices(2);
    }
}

#[test]
fn arguments_and_results_stand_at_their_axes() {
    let _alone = with_devices(3);
    let (x, y) = (doubles([2, 3], 0), doubles([3], 1));
    let f = |p: &(Array, Array)| (psum(&p.0, "d"), &p.0 * &p.1, p.1.sin());
    let p = (x.clone(), y.clone());
    let places = || BatchAxes::inputs([(1, 0)]).name("d").output(((), 1, 0));
    let wanted = vmap_with(f, places())(&p);
    assert_eq!(bits(&pmap_with(f, places())(&p)), bits(&wanted));
    assert_eq!(&wanted.0.shape()[..], [2]);
    let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).unwrap_or_else(|e| panic!("{e}"));
    let a = Csr::new(pattern, doubles([2], 4));
    let product = |a: &Csr, x: &Array| a.matmul(x) - pmean(&a.matmul(x), "d");
    let over = || BatchAxes::inputs([BatchAxis::Shared, BatchAxis::At(0)]).name("d");
    let x = doubles([3, 2, 2], 5);
    let wanted = vmap_with(product, over())(&a, &x);
    assert_eq!(bits(&pmap_with(product, over())(&a, &x)), bits(&wanted));
    // Without a name.
    let plain = BatchAxes::default();
    assert_eq!(bits(&pmap_with(Array::sin, plain)(&y)), bits(&y.sin()));
    let none = doubles([0, 2], 0);
    let mean = |x: &Array| x - pmean(x, "d");
    assert_eq!(&pmap(mean, "d")(&none).shape()[..], [0, 2]);
}

#[test]
fn results_wanted_shared_are_the_same_everywhere() {
    let _alone = with_devices(3);
    let x = doubles([3, 2], 0);
    let shared = || BatchAxes::default().name("d").output(());
    let sum = |x: &Array| psum(x, "d");
    let found = pmap_with(sum, shared())(&x);
    assert_eq!(bits(&found), bits(&vmap_with(sum, shared())(&x)));
    let text = message(|| drop(pmap_with(|x: &Array| x - psum(x, "d"), shared())(&x)));
    assert!(text.contains("wanted shared"), "{text}");
    let unnamed = BatchAxes::default().output(());
    let text = message(|| drop(pmap_with(Array::sin, unnamed)(&x)));
    assert!(text.contains("wanted shared"), "{text}");
}

#[test]
fn more_slices_than_devices_are_refused() {
    let _alone = with_devices(2);
    assert_eq!(devices(), 2);
    let text = message(|| drop(pmap(Array::sin, "d")(&doubles([3], 0))));
    assert_eq!(
        text,
        "pmap: 3 slices for 2 devices: set_devices or GRAXE_DEVICES says how many there are"
    );
    assert!(message(|| set_devices(0)).contains("from 1 to 256, found 0"));
    assert!(message(|| set_devices(257)).contains("found 257"));
}

#[test]
fn the_panic_of_one_device_arrives_and_nobody_waits() {
    let _alone = with_devices(4);
    let x = doubles([4, 2], 0);
    for place in 0..4 {
        let f = |x: &Array| {
            debug_callback(
                move |at| {
                    let at = at[0].item::<i32>();
                    assert!(at != place, "device {at} is out of luck");
                },
                &[&axis_index("d")],
            );
            let y = psum(x, "d");
            ppermute(&y, "d", &[(0, 1)]) + psum(&y, "d")
        };
        let mapped = pmap(f, "d");
        for _ in 0..3 {
            let text = message(|| drop(mapped(&x)));
            assert_eq!(text, format!("device {place} is out of luck"));
        }
    }
    // Afterwards all is well.
    let f = |x: &Array| psum(x, "d");
    assert_eq!(
        bits(&pmap(f, "d")(&x)),
        bits(&vmap_with(f, BatchAxes::default().name("d"))(&x))
    );
}

#[test]
fn a_nan_on_a_device_is_traced_to_its_line() {
    let _alone = with_devices(2);
    let line = line!() + 1;
    let f = |x: &Array| x.log() + psum(x, "d");
    let mapped = pmap(f, "d");
    let x = doubles([2], 0).square();
    assert_eq!(bits(&check_nans(|| mapped(&x))), bits(&mapped(&x)));
    let text = message(|| drop(check_nans(|| mapped(&(-&x)))));
    assert!(text.starts_with("check_nans: log of"), "{text}");
    assert!(text.contains(&format!("devices.rs:{line}:")), "{text}");
}

#[test]
fn axes_of_a_batch_and_of_devices_nest() {
    let _alone = with_devices(2);
    let x = doubles([2, 3, 4], 0);
    let f = |x: &Array| x - pmean(x, "d") + psum(x, "b") * axis_index("d");
    let batch = || BatchAxes::default().name("b");
    let wanted = vmap_with(vmap_with(f, batch()), BatchAxes::default().name("d"))(&x);
    let found = pmap(vmap_with(f, batch()), "d")(&x);
    assert_eq!(bits(&found), bits(&wanted));
    let outside = vmap(pmap(|x: &Array| psum(x, "d"), "d"))(&x);
    let wanted = vmap(vmap_with(
        |x: &Array| psum(x, "d"),
        BatchAxes::default().name("d"),
    ))(&x);
    assert_eq!(bits(&outside), bits(&wanted));
}

/// The only place of a transport.
struct Alone;

impl Transport for Alone {
    fn size(&self) -> usize {
        1
    }

    fn rank(&self) -> usize {
        0
    }

    fn all_gather(&self, own: Array) -> Result<Vec<Array>, String> {
        Ok(vec![own])
    }
}

#[test]
fn a_transport_needs_to_gather_only() {
    let place: &dyn Transport = &Alone;
    let x = doubles([2], 0);
    let sent = place.permute(x.clone(), &[(0, 0)]).unwrap_or_default();
    assert_eq!(bits(&sent), bits(&Some(x.clone())));
    assert!(matches!(place.permute(x, &[]), Ok(None)));
    assert_eq!((place.size(), place.rank()), (1, 0));
    let x = doubles([2], 1);
    let alone = pmap_over(|x: &Array| x * 3 - pmean(x, "d"), "d", Arc::new(Alone));
    assert_eq!(bits(&alone(&x)), bits(&(&x * 3 - &x)));
    let text = message(|| drop(jit(|x: &Array| alone(x))(&x)));
    assert!(text.starts_with("pmap_over: "), "{text}");
    let text = message(|| drop(grad(|x: &Array| alone(x).sum(..))(&x)));
    assert!(text.starts_with("pmap_over: "), "{text}");
}
