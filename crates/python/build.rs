//! Stamps the module with a checksum of the sources it is built from, so that Python can tell a stale binary.
//!
//! The rule is written twice: here and in `src/roomful/_native_guard.py`; a test holds them together. Files: the
//! workspace's `Cargo.toml` and `Cargo.lock`, and each crate's `Cargo.toml`, `build.rs` and `src/**/*.rs`, in the order of
//! their paths. Each adds its path, a NUL, its content and a NUL to one CRC-32.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crc::{CRC_32_ISO_HDLC, Crc};

fn main() -> io::Result<()> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let crc = Crc::<u32>::new(&CRC_32_ISO_HDLC);
    let mut digest = crc.digest();
    for path in sources(&root)? {
        digest.update(path.as_bytes());
        digest.update(&[0]);
        digest.update(&fs::read(root.join(&path))?);
        digest.update(&[0]);
    }
    println!(
        "cargo::rustc-env=ROOMFUL_SOURCE_HASH={:08x}",
        digest.finalize()
    );
    Ok(())
}

/// Paths of all sources relative to the workspace, sorted; tells cargo to watch them.
fn sources(root: &Path) -> io::Result<Vec<String>> {
    let mut files = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    for entry in fs::read_dir(root.join("crates"))? {
        let member = entry?.path();
        files.extend([member.join("Cargo.toml"), member.join("build.rs")]);
        let src = member.join("src");
        if src.is_dir() {
            println!("cargo::rerun-if-changed={}", src.display());
            rust_files(&src, &mut files)?;
        }
    }
    files.retain(|file| file.is_file());
    let mut paths = Vec::new();
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let relative = file.strip_prefix(root).expect("found below the root");
        paths.push(
            relative
                .to_str()
                .ok_or(io::ErrorKind::InvalidFilename)?
                .replace('\\', "/"),
        );
    }
    paths.sort();
    Ok(paths)
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
