//! Runs that stop and go on, and files that are not what they should be.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use graxe_core::{Array, DType, with_x64};
use graxe_graph::{Dataset, karate_club};
use graxe_nn::checkpoint::{
    Notes, check_writable, load_arrays, load_notes, save_arrays, write_whole,
};
use graxe_nn::{Config, Fit, PROTOCOLS, Protocol, Run, Trainer, model};

fn config(name: &str, protocol: &str) -> Config {
    let architecture = model(name).expect("a row of the table");
    architecture.config(Protocol::named(protocol).expect("a row of the table"))
}

fn trainer(name: &str, data: &Dataset, config: Config) -> Trainer {
    let architecture = model(name).expect("a row of the table");
    Trainer::new(data, architecture, &config).expect("the configuration is sound")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn train(trainer: &Trainer, mut run: Run) -> Run {
    while !trainer.is_over(&run) {
        run = trainer.advance(run);
    }
    run
}

/// All of a run as bytes, but for its times.
fn bits(trainer: &Trainer, run: &Run, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let path = folder.join("bits");
    trainer
        .save(run, &path, &Notes::new())
        .expect("it is written");
    let arrays = load_arrays(&path).expect("it is read");
    let reports = ["last", "best"];
    let untimed = |(name, array): (String, Array)| {
        let mut values = match array.dtype() {
            DType::F64 => array.to_vec::<f64>().iter().map(|x| x.to_bits()).collect(),
            DType::F32 => array
                .to_vec::<f32>()
                .iter()
                .map(|x| u64::from(x.to_bits()))
                .collect(),
            _ => array.astype(DType::U64).to_vec::<u64>(),
        };
        if reports.contains(&&name[..]) {
            values[1] = 0;
        }
        (
            name,
            values.into_iter().flat_map(u64::to_le_bytes).collect(),
        )
    };
    arrays.into_iter().map(untimed).collect()
}

#[test]
fn a_run_that_was_saved_goes_on_to_the_same_bits() {
    let data = karate_club();
    let folder = folder();
    let path = folder.path().join("run.safetensors");
    for protocol in PROTOCOLS {
        let numbers = |epochs| Config {
            epochs,
            ..config("gcn", protocol.name)
        };
        let (short, long) = (
            trainer("gcn", &data, numbers(15)),
            trainer("gcn", &data, numbers(30)),
        );
        let straight = train(&long, long.start(7));
        let half = train(&short, short.start(7));
        short
            .save(&half, &path, &Notes::new())
            .expect("it is written");
        let resumed = long.resume(&path).expect("it is a checkpoint");
        assert_eq!((resumed.epochs(), resumed.seed()), (15, 7));
        let resumed = train(&long, resumed);
        assert_eq!(
            resumed.last().map(|r| r.train_loss),
            straight.last().map(|r| r.train_loss)
        );
        assert_eq!(
            bits(&long, &resumed, folder.path()),
            bits(&long, &straight, folder.path()),
            "{}",
            protocol.name
        );
        let (resumed, straight): (Fit, Fit) = (resumed.finish(), straight.finish());
        assert_eq!(
            (resumed.epochs, resumed.report.epoch),
            (straight.epochs, straight.report.epoch)
        );
        assert_eq!(
            resumed.compile_seconds, 0.0,
            "the kind of state is the same"
        );
    }
}

#[test]
fn a_run_in_double_precision_goes_on_and_is_refused_in_single() {
    let data = karate_club();
    let folder = folder();
    let path = folder.path().join("run");
    let trainer = trainer("gcn", &data, config("gcn", "kipf"));
    with_x64(|| {
        let run = trainer.advance(trainer.start(0));
        trainer
            .save(&run, &path, &Notes::new())
            .expect("it is written");
        assert_eq!(trainer.resume(&path).expect("a checkpoint").epochs(), 1);
    });
    let error = trainer.resume(&path).err().expect("an error").to_string();
    assert!(error.contains("where this model has f32[34,16]"), "{error}");
}

#[test]
fn a_run_that_was_stopped_stays_so() {
    let data = karate_club();
    let folder = folder();
    let path = folder.path().join("run");
    let kipf = Config {
        learning_rate: 0.2,
        weight_decay: 0.0,
        ..config("mlp", "kipf")
    };
    let trainer = trainer("mlp", &data, kipf);
    let run = train(&trainer, trainer.start(0));
    assert!(run.epochs() < 200);
    trainer
        .save(&run, &path, &Notes::new())
        .expect("it is written");
    let again = trainer.resume(&path).expect("a checkpoint");
    assert!(trainer.is_over(&again));
    assert_eq!(again.finish().report, run.finish().report);
}

/// A checkpoint of the karate club after three epochs.
fn written(folder: &Path) -> (Trainer, PathBuf) {
    let trainer = trainer("gcn", &karate_club(), config("gcn", "best"));
    let mut run = trainer.start(0);
    for _ in 0..3 {
        run = trainer.advance(run);
    }
    let path = folder.join("run.safetensors");
    let notes = Notes::from([("model".to_owned(), "gcn".to_owned())]);
    trainer.save(&run, &path, &notes).expect("it is written");
    (trainer, path)
}

fn refusal(trainer: &Trainer, path: &Path) -> String {
    let error = trainer.resume(path).err().expect("an error").to_string();
    let start = path.display().to_string();
    assert!(
        error.starts_with(&start) && !error.contains('\n'),
        "{error}"
    );
    error
}

#[test]
fn files_that_are_damaged_or_foreign_are_refused() {
    let folder = folder();
    let (trainer, path) = written(folder.path());
    let whole = fs::read(&path).expect("it was written");
    let other = folder.path().join("other");
    for length in [0, 7, 8, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(&other, &whole[..length]).expect("it is written");
        let line = refusal(&trainer, &other);
        assert!(line.contains("not a whole safetensors file"), "{line}");
    }
    let mut huge = whole.clone();
    huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut garbled = whole.clone();
    garbled[20] = b'{';
    for bytes in [huge, garbled, b"a text file that is long enough".to_vec()] {
        fs::write(&other, bytes).expect("it is written");
        assert!(refusal(&trainer, &other).contains("not a whole"));
    }
    let foreign = BTreeMap::from([("w".to_owned(), Array::ones(3, DType::F32))]);
    save_arrays(&other, &foreign, &Notes::new()).expect("it is written");
    assert!(refusal(&trainer, &other).contains("not a checkpoint of a run"));
    assert!(refusal(&trainer, folder.path()).contains("cannot be read"));
    assert!(refusal(&trainer, &folder.path().join("none")).contains("cannot be read"));
    assert!(trainer.resume(&path).is_ok());
}

#[test]
fn every_part_that_is_missing_or_of_another_kind_is_named() {
    let folder = folder();
    let (trainer, path) = written(folder.path());
    let (arrays, notes) = (
        load_arrays(&path).expect("it is read"),
        load_notes(&path).expect("it is read"),
    );
    assert_eq!(notes["model"], "gcn");
    let other = folder.path().join("other");
    for name in arrays.keys() {
        // Without a report there was no epoch, which is a run's beginning.
        let optional = ["last", "best"].contains(&&name[..]);
        let mut fewer = arrays.clone();
        fewer.remove(name);
        save_arrays(&other, &fewer, &notes).expect("it is written");
        assert!(optional || refusal(&trainer, &other).contains(name));
        let mut changed = arrays.clone();
        changed.insert(name.clone(), Array::zeros([2, 9], DType::I32));
        save_arrays(&other, &changed, &notes).expect("it is written");
        assert!(refusal(&trainer, &other).contains(name));
    }
    for name in notes
        .keys()
        .filter(|&name| name != "model" && name != "epochs")
    {
        let mut changed = notes.clone();
        changed.insert(name.clone(), "?".into());
        save_arrays(&other, &arrays, &changed).expect("it is written");
        assert!(name == "data" || !refusal(&trainer, &other).is_empty());
    }
}

#[test]
fn a_run_that_says_it_stopped_before_its_first_epoch_is_refused() {
    let folder = folder();
    let (trainer, path) = written(folder.path());
    let mut arrays = load_arrays(&path).expect("it is read");
    let notes = load_notes(&path).expect("it is read");
    arrays.remove("last");
    let stopped = arrays["watch"].at(3).set(1.0);
    arrays.insert("watch".to_owned(), stopped);
    save_arrays(&path, &arrays, &notes).expect("it is written");
    assert!(refusal(&trainer, &path).contains("last is missing or damaged"));
}

#[test]
fn no_damaged_byte_of_a_header_panics() {
    let folder = folder();
    let (trainer, path) = written(folder.path());
    let whole = fs::read(&path).expect("it was written");
    let header = u64::from_le_bytes(whole[..8].try_into().expect("eight bytes"));
    let mut refused = 0;
    for place in (0..8 + header as usize).step_by(3) {
        let mut bytes = whole.clone();
        bytes[place] ^= 1 << (place % 7);
        fs::write(&path, bytes).expect("it is written");
        refused += usize::from(trainer.resume(&path).is_err());
    }
    assert!(refused > header as usize / 6, "{refused} of {header}");
}

#[test]
fn other_data_and_other_numbers_are_refused() {
    let folder = folder();
    let (first, path) = written(folder.path());
    let mut data = karate_club();
    data.split.test.pop();
    let line = refusal(&trainer("gcn", &data, config("gcn", "best")), &path);
    assert!(line.contains("was trained on 'karate'"), "{line}");
    let data = karate_club();
    let hotter = Config {
        learning_rate: 0.5,
        ..config("gcn", "best")
    };
    let line = refusal(&trainer("gcn", &data, hotter), &path);
    assert!(line.contains("learning rate 0.01, not 0.5"), "{line}");
    let line = refusal(&trainer("gcn", &data, config("gcn", "pyg")), &path);
    assert!(
        line.contains("penalty in validation true, not false"),
        "{line}"
    );
    assert!(first.resume(&path).is_ok());
}

#[test]
fn a_file_is_replaced_whole_or_stays() {
    let folder = folder();
    let (trainer, path) = written(folder.path());
    let run = trainer.start(1);
    trainer
        .save(&run, &path, &Notes::new())
        .expect("it is written");
    assert_eq!(trainer.resume(&path).expect("a checkpoint").epochs(), 0);
    let missing = folder.path().join("none/run");
    let error = trainer
        .save(&run, &missing, &Notes::new())
        .expect_err("no folder");
    assert!(error.to_string().contains("cannot be written"), "{error}");
    assert!(check_writable(&missing).is_err());
    assert!(
        check_writable(folder.path())
            .expect_err("a folder")
            .to_string()
            .contains("folder")
    );
    assert_eq!(check_writable(&path), Ok(()));
    let names = fs::read_dir(folder.path()).expect("it is there").count();
    assert_eq!(names, 1, "nothing else is left");
}

#[test]
fn the_same_arrays_and_notes_are_the_same_bytes() {
    let folder = folder();
    let arrays: BTreeMap<String, Array> = ["b", "a \"quoted\"", "ç"]
        .map(|name| (name.to_owned(), Array::ones([3], DType::F32)))
        .into();
    let notes: Notes = (0..20)
        .map(|i| (format!("note {i}"), format!("\"{i}\"\n\u{1}é")))
        .collect();
    let written = |name: &str| {
        let path = folder.path().join(name);
        save_arrays(&path, &arrays, &notes).expect("it is written");
        assert_eq!(load_notes(&path).expect("it is read"), notes);
        let read = load_arrays(&path).expect("it is read");
        assert!(read.keys().eq(arrays.keys()));
        fs::read(path).expect("it is there")
    };
    assert!(written("first") == written("second"));
}

/// A safetensors file of this header and these bytes, as others write it.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn arrays_of_every_type_come_back_and_narrow_ones_widen() {
    let folder = folder();
    let path = folder.path().join("arrays");
    let arrays: BTreeMap<String, Array> = DType::ALL
        .into_iter()
        .map(|dtype| (dtype.name().to_owned(), Array::ones([2, 3], dtype)))
        .chain([("scalar".to_owned(), Array::ones((), DType::F32))])
        .chain([("empty".to_owned(), Array::ones([0, 4], DType::F32))])
        .collect();
    save_arrays(&path, &arrays, &Notes::new()).expect("it is written");
    let read = load_arrays(&path).expect("it is read");
    assert_eq!(read.len(), arrays.len());
    for (name, array) in &arrays {
        assert_eq!(read[name].dtype(), array.dtype());
        assert_eq!(read[name].shape(), array.shape());
        let sum = |a: &Array| a.astype(DType::F32).sum(..).item::<f32>();
        assert_eq!(sum(&read[name]), sum(array));
    }
    let narrow = |dtype: &str, bytes: &[u8], n: usize| {
        let header = format!(
            r#"{{"a":{{"dtype":"{dtype}","shape":[{n}],"data_offsets":[0,{}]}}}}"#,
            bytes.len()
        );
        fs::write(&path, file(&header, bytes)).expect("it is written");
        load_arrays(&path)
    };
    // 1, -2, the least subnormal, the largest, infinity, -0.
    let half: Vec<u8> = [0x3c00u16, 0xc000, 1, 0x7bff, 0x7c00, 0x8000]
        .iter()
        .flat_map(|x| x.to_le_bytes())
        .collect();
    let read = narrow("F16", &half, 6).expect("it is read")["a"].to_vec::<f32>();
    assert_eq!(
        read,
        [1.0, -2.0, 5.960_464_5e-8, 65504.0, f32::INFINITY, 0.0]
    );
    assert!(read[5].is_sign_negative());
    let read = narrow("F16", &0x7e00u16.to_le_bytes(), 1).expect("it is read");
    assert!(read["a"].to_vec::<f32>()[0].is_nan());
    let read = narrow("BF16", &[0x80, 0x3f, 0x20, 0xc1], 2).expect("it is read");
    assert_eq!(read["a"].to_vec::<f32>(), [1.0, -10.0]);
    let read = narrow("I8", &[0xff, 5], 2).expect("it is read");
    assert_eq!(read["a"].to_vec::<i32>(), [-1, 5]);
    let read = narrow("U16", &[0xff, 0xff], 1).expect("it is read");
    assert_eq!(read["a"].to_vec::<i32>(), [65535]);
    let error = narrow("F8_E4M3", &[0], 1).expect_err("no type for it");
    assert!(
        error.to_string().contains("a has elements of type F8_E4M3"),
        "{error}"
    );
    let error = narrow("F32", &[0, 0, 0, 0], 2).expect_err("too short");
    assert!(error.to_string().contains("not a whole"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_link_stays_and_what_it_leads_to_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let [file, link] = ["table.csv", "link.csv"].map(|name| folder.path().join(name));
    std::fs::write(&file, "old").expect("room");
    std::os::unix::fs::symlink(&file, &link).expect("a link");
    write_whole(&link, b"new").expect("room");
    assert!(link.is_symlink());
    assert_eq!(std::fs::read(&file).expect("a file"), b"new");
}
