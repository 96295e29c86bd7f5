//! `cargo xtask wheel`: the Python package with the command in it, as a wheel in `target/wheels`; and its tests.
//!
//! Everything it needs beside cargo and Python it sets up by itself, in virtual environments under the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::cargo;
use crate::{Answer, metadata};

/// What builds the wheel.
const MATURIN: &str = "1.16.0";
/// What the tests run in; the bounds leave each Python the newest that still knows it.
const TEST_TOOLS: [&str; 2] = ["pytest>=8,<10", "mypy>=1.15,<3"];
/// The oldest and the newest Python that the one wheel is for.
const OTHERS: [&str; 2] = ["3.9", "3.13"];
/// Where the command lies for the wheel, as `pyproject.toml` says.
const SCRIPTS: &str = "target/wheel.data/scripts";

/// How it is built.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    /// With the debug builds of everything else, for tests.
    Dev,
    /// For people.
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// Builds the wheel.
pub fn main(args: &[String]) -> Answer {
    let profile = match args {
        [] => Profile::Release,
        [flag] if flag == "--release" => Profile::Release,
        [flag] if flag == "--dev" => Profile::Dev,
        _ => return Err("`wheel` takes --release (the default) or --dev".into()),
    };
    println!("{}", build(profile)?.display());
    Ok(true)
}

/// Builds the wheel for tests, and runs the tests of the package with it: in the Python that is there by default, and in the
/// oldest and the newest that the wheel is for, where they are there. `args` go to pytest.
pub fn test(args: &[String]) -> Answer {
    let wheel = build(Profile::Dev)?;
    let mut fine = true;
    for (number, python) in pythons().iter().enumerate() {
        println!("{}", python.display());
        let venv = fresh(&format!("test-{number}"), python)?;
        let python = venv.join("bin/python");
        let mut pip = installer(&python);
        pip.args(TEST_TOOLS).arg(&wheel);
        run(&mut pip)?;
        if number == 0 {
            fine &= types(&python)?;
        }
        let mut tests = Command::new(&python);
        tests.args(["-m", "pytest", "--quiet", "-p", "no:cacheprovider"]);
        fine &= succeeded(tests.args(args))?;
    }
    Ok(fine)
}

/// Measures the package against a stand-in for the Python system, with the wheel for people.
pub fn bench(args: &[String]) -> Answer {
    let wheel = build(Profile::Release)?;
    let venv = fresh("bench", &pythons()[0])?;
    let python = venv.join("bin/python");
    run(installer(&python).arg(&wheel))?;
    succeeded(Command::new(&python).arg("bench/python.py").args(args))
}

/// Whether the types of the package as it was installed, and of what its tests do with it, hold.
fn types(python: &Path) -> Answer {
    let check = |what: &[&str]| succeeded(Command::new(python).args(["-m", "mypy"]).args(what));
    Ok(check(&["--package", "actifix"])? & check(&["python/tests"])?)
}

/// The default first, then those of [`OTHERS`] that are there, on the path or among pyenv's.
fn pythons() -> Vec<PathBuf> {
    let root = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let root = root.or_else(|| Some(std::env::home_dir()?.join(".pyenv")));
    let kept = root.map(|root| fs::read_dir(root.join("versions")).into_iter().flatten());
    let kept: Vec<PathBuf> = kept
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path())
        .collect();
    let one = |version: &&str| {
        let of_pyenv = kept.iter().find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.strip_prefix(*version)
                .is_some_and(|rest| rest.starts_with('.'))
        });
        let found = of_pyenv.map(|path| path.join("bin/python"));
        let found = found.unwrap_or_else(|| format!("python{version}").into());
        let probe = Command::new(&found).args(["-c", "import venv"]).output();
        probe.is_ok_and(|it| it.status.success()).then_some(found)
    };
    let default = std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into());
    let mut all = vec![PathBuf::from(default)];
    all.extend(OTHERS.iter().filter_map(one));
    all
}

fn installer(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet"]);
    pip.arg("--disable-pip-version-check");
    pip
}

/// The wheel's path.
fn build(profile: Profile) -> Result<PathBuf, String> {
    let target = metadata::workspace()?.target;
    command(profile, &target)?;
    let maturin = maturin()?;
    let out = target.join("wheels");
    fs::create_dir_all(&out).map_err(|e| format!("cannot make {}: {e}", out.display()))?;
    let mut build = Command::new(maturin);
    build.args(["build", "--quiet", "--profile", profile.name(), "--out"]);
    build.arg(&out);
    if profile == Profile::Release {
        build.arg("--strip");
    } else {
        build.args(["--auditwheel", "skip", "--compression-level", "1"]);
    }
    run(&mut build)?;
    newest(&out)
}

/// Builds the command and puts it where the wheel takes it from.
fn command(profile: Profile, target: &Path) -> Result<(), String> {
    let mut build = cargo();
    build.args(["build", "--quiet", "--package", "actifix-cli", "--profile"]);
    run(build.arg(profile.name()))?;
    fs::create_dir_all(SCRIPTS).map_err(|e| format!("cannot make {SCRIPTS}: {e}"))?;
    let (from, to) = (
        target.join(profile.folder()).join("actifix"),
        Path::new(SCRIPTS).join("actifix"),
    );
    let mut strip = Command::new("strip");
    strip.arg("-o").args([&to, &from]);
    if strip.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    let copied = fs::copy(&from, &to);
    copied.map_err(|e| format!("cannot copy {}: {e}", from.display()))?;
    Ok(())
}

/// The builder, in an environment of its own.
fn maturin() -> Result<PathBuf, String> {
    let place = environments()?.join(format!("maturin-{MATURIN}"));
    let program = place.join("bin/maturin");
    if !program.exists() {
        environment(&place, &pythons()[0])?;
        let mut pip = installer(&place.join("bin/python"));
        run(pip.arg(format!("maturin=={MATURIN}")))?;
    }
    Ok(program)
}

/// An environment with nothing in it.
fn fresh(name: &str, python: &Path) -> Result<PathBuf, String> {
    let place = environments()?.join(name);
    if place.exists() {
        fs::remove_dir_all(&place).map_err(|e| format!("cannot clear {}: {e}", place.display()))?;
    }
    environment(&place, python)?;
    Ok(place)
}

fn environment(place: &Path, python: &Path) -> Result<(), String> {
    run(Command::new(python).args(["-m", "venv"]).arg(place))
}

fn environments() -> Result<PathBuf, String> {
    let place = metadata::workspace()?.target.join("python");
    fs::create_dir_all(&place).map_err(|e| format!("cannot make {}: {e}", place.display()))?;
    Ok(place)
}

/// The wheel that was written last.
fn newest(folder: &Path) -> Result<PathBuf, String> {
    let all = fs::read_dir(folder).into_iter().flatten().flatten();
    let wheels = all.filter(|entry| entry.path().extension().is_some_and(|e| e == "whl"));
    let newest = wheels.max_by_key(|entry| entry.metadata().and_then(|meta| meta.modified()).ok());
    newest
        .map(|entry| entry.path())
        .ok_or_else(|| format!("no wheel came into {}", folder.display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    if succeeded(command)? {
        return Ok(());
    }
    Err(format!("{command:?} failed"))
}

fn succeeded(command: &mut Command) -> Answer {
    let ended = command.status();
    Ok(ended
        .map_err(|e| format!("cannot run {command:?}: {e}"))?
        .success())
}
