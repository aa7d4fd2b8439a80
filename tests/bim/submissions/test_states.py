"""The states of a submission: only what the table allows happens, whoever asks, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bim.submissions.checking import Checking
from bim.submissions.desk import Desk
from bim.submissions.keeping import Register
from bim.submissions.states import CHANGES, ENDS, Actor, State, check_change
from bim.submissions.submission import SubmittedModel
from bim.submissions.trail import verify
from csdi.access import Principal, Role
from csdi.errors import AccessDenied, Conflict, CsdiError
from csdi.store import open_store

MODEL = SubmittedModel("tower", "architecture", "tower.ifc", "0" * 64, 10)
ANN, BOB, ROY = Principal("ann", Role.APPLICANT), Principal("bob", Role.APPLICANT), Principal("roy", Role.REVIEWER)


@given(st.sampled_from(State), st.sampled_from(State), st.frozensets(st.sampled_from(Actor)))
def test_a_change_happens_only_where_the_table_has_it_for_this_actor(now: State, wanted: State, actors: frozenset[Actor]) -> None:
    allowed = CHANGES.get((now, wanted), frozenset())
    if allowed & actors:
        check_change(now, wanted, actors)
    else:
        with pytest.raises(AccessDenied if allowed else Conflict):
            check_change(now, wanted, actors)


def test_every_state_can_be_reached_and_nothing_leads_out_of_an_end() -> None:
    reached = {State.DRAFT}
    while more := {to for start, to in CHANGES if start in reached} - reached:
        reached |= more
    assert reached == set(State)
    assert not [start for start, _ in CHANGES if start in ENDS]
    assert not [pair for pair in CHANGES if pair[0] is pair[1]]


_STEPS = st.lists(st.one_of(
    st.tuples(st.sampled_from([ANN, BOB, ROY]), st.sampled_from(State)),
    st.tuples(st.sampled_from(["begin", "end", "failed"]), st.sampled_from(["job-1", "job-2"]))), max_size=25)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_STEPS)
def test_whatever_is_tried_the_trail_tells_allowed_changes_alone_and_stays_whole(steps: list[tuple[object, str]]) -> None:
    store = open_store("memory:")
    desk = Desk(store, ANN)
    id = desk.create({"title": "Tower"}).id
    desk.put_model(id, MODEL)
    for who, what in steps:
        before = Register(store).submission(id).state
        try:
            if isinstance(who, Principal):
                Desk(store, who).lead(id, what, "because")
            elif who == "begin":
                Checking(store).begin(id, what)
            elif who == "end":
                Checking(store).end(id, what, {"tower": {"digest": "d", "result": "checked"}}, [])
            else:
                Checking(store).failed(id, what, {"code": "job-failed"})
        except CsdiError:
            assert Register(store).submission(id).state is before
    told = [entry.particulars for entry in Register(store).trail(id) if entry.what == "state-changed"]
    assert all((State(one["from"]), State(one["to"])) in CHANGES for one in told)
    assert [State.DRAFT, *(State(one["to"]) for one in told)] == [*(State(one["from"]) for one in told), Register(store).submission(id).state]
    assert verify(Register(store).trail()).broken is None
