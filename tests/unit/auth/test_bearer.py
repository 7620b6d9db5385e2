"""Where a request may carry its token."""

import time

import pytest

from roomful.auth import TokenError, TokenErrorKind, bearer_token


def test_the_header_wins_over_the_query() -> None:
    assert bearer_token([(b"authorization", b"Bearer one")], b"access_token=two") == "one"


def test_the_query_is_for_those_who_cannot_set_headers() -> None:
    assert bearer_token([], b"a=b&access_token=a.b%2Dc") == "a.b-c"


def test_only_a_parameter_of_that_very_name_counts() -> None:
    assert bearer_token([], b"my_access_token=one&x=access_token=two") is None
    assert bearer_token([], b"access_token=one&access_token=two") == "one"


def test_a_flood_of_parameters_costs_nothing() -> None:
    began = time.process_time()
    assert bearer_token([], b"&" * 1_400_000 + b"access_token=x") == "x"
    assert time.process_time() - began < 0.5


def test_no_token_is_no_error() -> None:
    assert bearer_token([(b"host", b"x")], b"a=b") is None
    assert bearer_token([(b"authorization", b"Bearer ")], b"") is None
    assert bearer_token([], b"access_token=") is None


def test_another_scheme_is_refused() -> None:
    with pytest.raises(TokenError) as error:
        bearer_token([(b"authorization", b"Basic YTpi")], b"")
    assert error.value.kind is TokenErrorKind.MALFORMED
    assert str(error.value) == "invalid authorization header. Must start with Bearer "
