"""Access units of H.264 are taken in every form that peers send them in."""

import pytest

from roomful.media.ports.bridge.h264 import BadAccessUnit, ToWebRtc, codec_string, units_of

SPS = bytes.fromhex("6742c01eda02")
PPS = bytes.fromhex("68ce3c80")[:3]
IDR = b"\x65\x88\x84\x21"
SLICE = b"\x41\x9a\x02"
DELIMITER = b"\x09\x10"


def annex_b(*units: bytes, start: bytes = b"\0\0\0\1") -> bytes:
    return b"".join(start + unit for unit in units)


def with_lengths(*units: bytes, size: int = 4) -> bytes:
    return b"".join(len(unit).to_bytes(size) + unit for unit in units)


def description(length_size: int = 4) -> str:
    sets = b"\xe1" + len(SPS).to_bytes(2) + SPS + b"\x01" + len(PPS).to_bytes(2) + PPS
    return (b"\x01\x42\xc0\x1e" + bytes([0xFC | (length_size - 1)]) + sets).hex()


@pytest.mark.parametrize("start", [b"\0\0\1", b"\0\0\0\1"], ids=["three", "four"])
def test_annex_b_goes_on_without_delimiters(start: bytes) -> None:
    data, keyframe = ToWebRtc().convert(annex_b(DELIMITER, SPS, PPS, IDR, start=start))
    assert (data, keyframe) == (annex_b(SPS, PPS, IDR), True)


def test_parameter_sets_are_put_before_each_idr_that_lacks_them() -> None:
    stream = ToWebRtc()
    stream.convert(annex_b(SPS, PPS, IDR))
    assert stream.convert(annex_b(SLICE)) == (annex_b(SLICE), False)
    assert stream.convert(annex_b(IDR)) == (annex_b(SPS, PPS, IDR), True)


@pytest.mark.parametrize("size", [2, 4])
def test_lengths_and_sets_out_of_band_become_start_codes_and_sets_inline(size: int) -> None:
    stream = ToWebRtc(description(size))
    assert stream.convert(with_lengths(IDR, size=size)) == (annex_b(SPS, PPS, IDR), True)
    assert stream.convert(with_lengths(SLICE, size=size)) == (annex_b(SLICE), False)


def test_annex_b_is_known_although_the_catalog_says_lengths() -> None:
    assert ToWebRtc(description()).convert(annex_b(SLICE)) == (annex_b(SLICE), False)


def test_an_idr_without_any_parameter_sets_is_no_place_to_begin() -> None:
    assert ToWebRtc().convert(annex_b(IDR))[1] is False


@pytest.mark.parametrize("payload", [b"\0\0\0\x09abc", b"hello", b"\0\0\0\0"], ids=["cut off", "no form", "empty unit"])
def test_what_is_neither_form_is_refused(payload: bytes) -> None:
    with pytest.raises(BadAccessUnit):
        ToWebRtc().convert(payload)


@pytest.mark.parametrize("record", ["", "01", "0142c01effe1", "0142c01effe1ffff67"])
def test_a_description_that_is_cut_off_is_as_good_as_none(record: str) -> None:
    assert ToWebRtc(record).convert(with_lengths(IDR)) == (annex_b(IDR), False)


def test_the_codec_is_named_by_its_parameter_set() -> None:
    assert codec_string(annex_b(SPS, PPS, IDR)) == "avc3.42c01e"
    assert codec_string(annex_b(SLICE)) is None
    assert units_of(annex_b(SPS, PPS)) == [SPS, PPS]
