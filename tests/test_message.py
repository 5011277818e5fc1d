"""A message is a template and its values; what is written of them agrees in number."""

from kubectl_mcdiag.checks.message import NOTHING, listed, say


def test_message_says_its_values() -> None:
    message = say(
        "{client} cannot connect to {address}: {count} {count:attempt|attempts} failed",
        client="a",
        address="b",
        count=1,
    )

    assert str(message) == "a cannot connect to b: 1 attempt failed"
    assert str(message.saying("count", 3)) == "a cannot connect to b: 3 attempts failed"
    assert message.saying("nobody", "x") == message
    assert message
    assert not NOTHING


def test_several_services_are_a_list_that_agrees() -> None:
    message = say("{service} {service:has|have} no endpoint in {cluster}", service="curl.sample", cluster="east")

    assert str(message) == "curl.sample has no endpoint in east"
    assert str(message.saying("service", ("a", "b"))) == "a and b have no endpoint in east"
    assert message.without("service") == say("{service} {service:has|have} no endpoint in {cluster}", cluster="east")


def test_long_lists_are_cut() -> None:
    assert [listed(tuple("abcde"[:n])) for n in (0, 1, 2, 3, 4, 5)] == [
        "",
        "a",
        "a and b",
        "a, b and c",
        "a, b, c and 1 more",
        "a, b, c and 2 more",
    ]
