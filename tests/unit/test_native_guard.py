"""A native module that does not match its sources says so; one that does keeps quiet."""

from pathlib import Path

import pytest

from roomful import _native, _native_guard


def checkout(root: Path) -> Path:
    """A tree with the shape of a checkout and one crate in it."""
    crate = root / "crates" / "python"
    (crate / "src" / "inner").mkdir(parents=True)
    (root / "Cargo.toml").write_text("[workspace]\n")
    (root / "Cargo.lock").write_text("version = 4\n")
    (crate / "Cargo.toml").write_text("[package]\n")
    (crate / "build.rs").write_text("fn main() {}\n")
    (crate / "src" / "lib.rs").write_text("mod inner;\n")
    (crate / "src" / "inner" / "mod.rs").write_text("\n")
    return root


def test_python_and_rust_compute_the_same_hash_of_this_tree() -> None:
    assert _native.__source_hash__ == _native_guard.source_hash(_native_guard.ROOT)


def test_a_module_built_from_this_tree_passes() -> None:
    _native_guard.check()


def test_a_module_built_from_other_sources_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(_native_guard.StaleNativeModule, match="make native"):
        _native_guard.check(checkout(tmp_path))


def test_an_installed_package_has_nothing_to_compare(tmp_path: Path) -> None:
    _native_guard.check(tmp_path)


@pytest.mark.parametrize(
    "source", ["Cargo.toml", "Cargo.lock", "crates/python/build.rs", "crates/python/src/inner/mod.rs"]
)
def test_a_changed_source_changes_the_hash(tmp_path: Path, source: str) -> None:
    root = checkout(tmp_path)
    before = _native_guard.source_hash(root)
    (root / source).write_text("// changed\n")
    assert _native_guard.source_hash(root) != before


def test_a_removed_source_changes_the_hash(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    before = _native_guard.source_hash(root)
    (root / "crates/python/src/inner/mod.rs").unlink()
    assert _native_guard.source_hash(root) != before


def test_tests_and_fuzz_targets_of_a_crate_are_not_part_of_the_module(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    before = _native_guard.source_hash(root)
    tests = root / "crates/python/tests"
    tests.mkdir()
    (tests / "behaviour.rs").write_text("// a test\n")
    assert _native_guard.source_hash(root) == before
