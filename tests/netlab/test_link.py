"""The lab does to real packets what was asked of it, and counts it."""

import hashlib
import itertools
import math
import random
import socket
import statistics
import threading
import time

import pytest

from . import Host, Impairment, NetLab
from .conditions import until

PORT = 5000


def receiver(host: Host) -> socket.socket:
    """A UDP socket at PORT of the host, with room for everything these tests send."""
    made = host.socket(socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    made.bind((host.address, PORT))
    return made


def send_numbered(sender: Host, target: Host, count: int, size: int = 100) -> None:
    """Sends packets that begin with their number, as fast as it goes, and waits until the link has had them all."""
    before = sender.counters().up.packets
    outgoing = sender.socket(socket.SOCK_DGRAM)
    for number in range(count):
        outgoing.sendto(number.to_bytes(4).ljust(size, b"."), (target.address, PORT))
    until(lambda: sender.counters().up.packets == before + count, f"the link has had {count} packets of {sender.name}")


def arrived(incoming: socket.socket, count: int) -> list[int]:
    """The numbers of the next `count` packets, in the order they come."""
    return [int.from_bytes(incoming.recv(2000)[:4]) for _ in range(count)]


def lost_numbers(lab: NetLab, loss: float, count: int) -> set[int]:
    alice, bob = lab.host("alice"), lab.host("bob")
    alice.impair(up=Impairment(loss=loss))
    incoming = receiver(bob)
    send_numbered(alice, bob, count)
    got = arrived(incoming, count - alice.counters().up.lost)
    return set(range(count)) - set(got)


def test_udp_echo_loses_the_share_that_was_set_in_each_direction(netlab: NetLab) -> None:
    alice, bob = netlab.host("alice"), netlab.host("bob")
    alice.impair(up=Impairment(loss=0.05), down=Impairment(loss=0.2))
    there, back = receiver(bob), receiver(alice)
    count = 3000
    send_numbered(alice, bob, count)
    answered = count - alice.counters().up.lost
    for number in arrived(there, answered):
        there.sendto(number.to_bytes(4), (alice.address, PORT))
    until(lambda: alice.counters().down.packets == answered, "the link has had all answers")
    echoed = arrived(back, answered - alice.counters().down.lost)

    counted = alice.counters()
    assert len(echoed) == count - counted.up.lost - counted.down.lost
    for direction, loss in ((counted.up, 0.05), (counted.down, 0.2)):
        deviation = math.sqrt(direction.packets * loss * (1 - loss))
        assert abs(direction.lost - direction.packets * loss) < 4 * deviation
    assert bob.counters().up.dropped == bob.counters().down.dropped == 0
    assert alice.device_drops() == bob.device_drops() == 0


def test_a_seed_loses_the_same_packets_again(netlab: NetLab) -> None:
    first = lost_numbers(netlab, loss=0.1, count=500)
    with NetLab(seed=1) as same, NetLab(seed=2) as other:
        assert lost_numbers(same, loss=0.1, count=500) == first
        assert lost_numbers(other, loss=0.1, count=500) != first


def ping(sender: Host, target: Host) -> None:
    sender.socket(socket.SOCK_DGRAM).sendto(b"ping", (target.address, PORT))


def test_a_divided_network_carries_nothing_from_side_to_side_and_all_within_one(netlab: NetLab) -> None:
    alice, bob, carol, dave = (netlab.host(name) for name in ("alice", "bob", "carol", "dave"))
    incoming = {host: receiver(host) for host in (bob, carol, dave)}
    netlab.divide({"alice", "bob"}, {"carol"})
    for target in (carol, bob, dave):
        ping(alice, target)
    # Dave is on no side and hears everybody.
    for host in (bob, dave):
        assert incoming[host].recv(2000) == b"ping"
    netlab.unite()
    ping(bob, carol)
    assert incoming[carol].recvfrom(2000)[1][0] == bob.address, "what came before has not come"


def test_a_host_that_moved_is_reached_where_it_is(netlab: NetLab) -> None:
    alice, bob = netlab.host("alice"), netlab.host("bob")
    incoming = bob.socket(socket.SOCK_DGRAM)
    incoming.bind(("0.0.0.0", PORT))
    old, new = bob.address, netlab.free_address()
    bob.move(new)
    assert bob.address == new != old
    outgoing = alice.socket(socket.SOCK_DGRAM)
    outgoing.sendto(b"lost", (old, PORT))
    ping(alice, bob)
    assert incoming.recv(2000) == b"ping"
    answers = receiver(alice)
    ping(bob, alice)
    assert answers.recvfrom(2000)[1][0] == new


def test_a_round_trip_takes_the_delays_of_both_directions(netlab: NetLab) -> None:
    alice, bob = netlab.host("alice"), netlab.host("bob")
    alice.impair(up=Impairment(delay=0.05), down=Impairment(delay=0.03))
    there, back = receiver(bob), receiver(alice)
    times: list[float] = []
    for _ in range(21):
        start = time.monotonic()
        back.sendto(b"ping", (bob.address, PORT))
        there.sendto(there.recv(2000), (alice.address, PORT))
        back.recv(2000)
        times.append(time.monotonic() - start)
    assert min(times) >= 0.08
    assert statistics.median(times) < 0.1


def test_a_rate_limit_takes_its_time_and_drops_what_does_not_fit(netlab: NetLab) -> None:
    alice, bob = netlab.host("alice"), netlab.host("bob")
    alice.impair(up=Impairment(rate=800_000, queue=0.3))
    incoming = receiver(bob)
    start = time.monotonic()
    send_numbered(alice, bob, count=100, size=972)  # 1000 bytes with IP and UDP headers: 10 ms each
    sent = alice.counters().up
    got = arrived(incoming, 100 - sent.overflowed)
    took = time.monotonic() - start
    assert got[:30] == list(range(30)), "what fits in the queue comes"
    assert got == sorted(got), "in order"
    assert len(got) < 100, "and what does not fit is dropped"
    assert len(got) * 0.01 - 0.002 <= took < len(got) * 0.01 + 0.2


def test_reordered_packets_come_late_and_none_is_missing(netlab: NetLab) -> None:
    alice, bob = netlab.host("alice"), netlab.host("bob")
    alice.impair(up=Impairment(reorder=0.1, reorder_by=0.05))
    incoming = receiver(bob)
    send_numbered(alice, bob, 300)
    got = arrived(incoming, 300)
    assert sorted(got) == list(range(300))
    overtaken = sum(later < earlier for earlier, later in itertools.pairwise(got))
    assert 10 < alice.counters().up.reordered < 60
    assert overtaken > 0


def test_duplicated_packets_come_twice(netlab: NetLab) -> None:
    alice, bob = netlab.host("alice"), netlab.host("bob")
    bob.impair(down=Impairment(duplicate=0.2))
    incoming = receiver(bob)
    send_numbered(alice, bob, 200)
    twice = bob.counters().down.duplicated
    got = arrived(incoming, 200 + twice)
    assert 15 < twice < 65
    assert len(got) - len(set(got)) == twice


def test_a_cut_host_hears_nothing_until_it_is_restored(netlab: NetLab) -> None:
    alice, bob = netlab.host("alice"), netlab.host("bob")
    incoming = receiver(bob)
    alice.cut()
    send_numbered(alice, bob, 10)
    send_numbered(bob, alice, 10)
    assert (alice.counters().up.cut, alice.counters().down.cut) == (10, 10)
    alice.restore()
    alice.socket(socket.SOCK_DGRAM).sendto((77).to_bytes(4), (bob.address, PORT))
    assert arrived(incoming, 1) == [77]


@pytest.mark.timeout(60)
def test_tcp_gets_everything_through_five_percent_loss(netlab: NetLab) -> None:
    server, alice = netlab.host("server"), netlab.host("alice")
    bad = Impairment(loss=0.05, delay=0.005)
    alice.impair(up=bad, down=bad)
    payload = random.Random(1).randbytes(1_000_000)
    listening = server.socket(socket.SOCK_STREAM, timeout=30)
    listening.bind((server.address, PORT))
    listening.listen()
    received = hashlib.sha256()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            while chunk := connection.recv(65536):
                received.update(chunk)

    serving = threading.Thread(target=serve)
    serving.start()
    with alice.socket(socket.SOCK_STREAM, timeout=30) as connection:
        connection.connect((server.address, PORT))
        connection.sendall(payload)
    serving.join(timeout=30)
    assert received.digest() == hashlib.sha256(payload).digest()
    assert alice.counters().up.lost > 10


def test_a_process_in_a_host_sees_only_its_own_interfaces(netlab: NetLab) -> None:
    alice = netlab.host("alice")
    shown = alice.run(["ip", "-4", "-oneline", "address"]).stdout.decode()
    assert [line.split()[1] for line in shown.splitlines()] == ["lo", "eth0"]
    assert alice.address in shown
