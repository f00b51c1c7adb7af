"""The same flow in other engines, each restored from and dumped to JSON text around every event."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from lxml import etree
from sismic.interpreter import Interpreter
from sismic.io import import_from_yaml
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState
from statemachine import State, StateChart
from transitions.extensions import HierarchicalMachine

Row = tuple[str, Callable[[], str]]


def of_transitions(events: Sequence[str]) -> Row:
    """transitions, hierarchical and parallel. It has no done event, so the join is fired by hand."""
    states = ["draft", "submitted", {"name": "both", "parallel": [
        {"name": "dept", "initial": "d0", "children": ["d0", "d1"]},
        {"name": "bank", "initial": "b0", "children": ["b0", "b1"]}]}, "decided", "certified"]
    moves = [["accept", "submitted", "both"], ["dept_ok", "both_dept_d0", "both_dept_d1"],
             ["bank_ok", "both_bank_b0", "both_bank_b1"], ["join", "both", "decided"],
             ["certify", "decided", "certified"]]

    class Model:
        amount = 500_000

        def small(self) -> bool:
            return self.amount <= 3_000_000_000

    machine = HierarchicalMachine(None, states=states, transitions=moves, initial="draft", auto_transitions=False)
    machine.add_transition("submit", "draft", "submitted", conditions="small")

    def run() -> str:
        text = json.dumps({"state": "draft", "amount": 500_000})
        for event in events:
            kept = json.loads(text)
            model = Model()
            model.amount = kept["amount"]
            machine.add_model(model, initial=kept["state"])
            model.trigger(event)
            if model.state == ["both_dept_d1", "both_bank_b1"]:
                model.trigger("join")
            text = json.dumps({"state": model.state, "amount": model.amount})
            machine.remove_model(model)
        return json.loads(text)["state"]

    return "transitions 0.9.3", run


def of_sismic(events: Sequence[str]) -> Row:
    """sismic. It restores no configuration by itself: its private members are set by hand."""
    chart = import_from_yaml("""
statechart:
  name: flow
  root state:
    name: root
    initial: draft
    states:
    - name: draft
      transitions: [{event: submit, target: submitted, guard: amount <= 3000000000}]
    - name: submitted
      transitions: [{event: accept, target: both}]
    - name: both
      transitions: [{target: decided, guard: active('d1') and active('b1')}]
      parallel states:
      - name: dept
        initial: d0
        states: [{name: d0, transitions: [{event: dept_ok, target: d1}]}, {name: d1}]
      - name: bank
        initial: b0
        states: [{name: b0, transitions: [{event: bank_ok, target: b1}]}, {name: b1}]
    - name: decided
      transitions: [{event: certify, target: certified}]
    - name: certified
""")
    first = Interpreter(chart, initial_context={"amount": 500_000})
    first.execute_once()
    begin = json.dumps({"conf": list(first.configuration), "amount": 500_000})

    def run() -> str:
        text = begin
        for event in events:
            kept = json.loads(text)
            machine = Interpreter(chart, initial_context={"amount": kept["amount"]})
            machine._initialized = True
            machine._configuration = set(kept["conf"])
            machine.queue(event)
            machine.execute()
            text = json.dumps({"conf": list(machine.configuration), "amount": kept["amount"]})
        return json.loads(text)["conf"][-1]

    return "sismic 1.6.14", run


class Flow(StateChart):
    """python-statemachine's declarative form of the flow."""

    draft = State(initial=True)
    submitted = State()

    class both(State.Parallel):  # the library takes the state's name from the class
        class dept(State.Compound):
            d0 = State(initial=True)
            d1 = State(final=True)
            dept_ok = d0.to(d1)

        class bank(State.Compound):
            b0 = State(initial=True)
            b1 = State(final=True)
            bank_ok = b0.to(b1)

    decided = State()
    certified = State(final=True)
    submit = draft.to(submitted, cond="small")
    accept = submitted.to(both)
    done_state_both = both.to(decided)
    certify = decided.to(certified)

    def small(self) -> bool:
        return self.model.amount <= 3_000_000_000


class Model:
    """What a Flow keeps its state in."""

    def __init__(self, state: Any, amount: int) -> None:
        self.state, self.amount = state, amount


def of_statemachine(events: Sequence[str]) -> Row:
    """python-statemachine: the model holds the configuration."""
    def run() -> str:
        text = json.dumps({"state": None, "amount": 500_000})
        for event in events:
            kept = json.loads(text)
            model = Model(set(kept["state"]) if isinstance(kept["state"], list) else kept["state"], kept["amount"])
            machine = Flow(model)
            machine.send(event)
            state = list(model.state) if isinstance(model.state, set) or hasattr(model.state, "add") else model.state
            text = json.dumps({"state": state, "amount": model.amount})
        kept_state = json.loads(text)["state"]
        return kept_state[0] if isinstance(kept_state, list) else kept_state

    return "python-statemachine 3.2.2", run


BPMN = b"""<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="flow">
 <process id="flow" isExecutable="true">
  <startEvent id="start"/><userTask id="submit"/><exclusiveGateway id="small" default="no"/><userTask id="accept"/>
  <parallelGateway id="split"/><userTask id="dept_ok"/><userTask id="bank_ok"/><parallelGateway id="join"/>
  <userTask id="certify"/><endEvent id="certified"/><endEvent id="refused"/>
  <sequenceFlow id="f1" sourceRef="start" targetRef="submit"/>
  <sequenceFlow id="f2" sourceRef="submit" targetRef="small"/>
  <sequenceFlow id="f3" sourceRef="small" targetRef="accept">
   <conditionExpression xsi:type="tFormalExpression">amount &lt;= 3000000000</conditionExpression></sequenceFlow>
  <sequenceFlow id="no" sourceRef="small" targetRef="refused"/>
  <sequenceFlow id="f4" sourceRef="accept" targetRef="split"/>
  <sequenceFlow id="f5" sourceRef="split" targetRef="dept_ok"/>
  <sequenceFlow id="f6" sourceRef="split" targetRef="bank_ok"/>
  <sequenceFlow id="f7" sourceRef="dept_ok" targetRef="join"/>
  <sequenceFlow id="f8" sourceRef="bank_ok" targetRef="join"/>
  <sequenceFlow id="f9" sourceRef="join" targetRef="certify"/>
  <sequenceFlow id="f10" sourceRef="certify" targetRef="certified"/>
 </process></definitions>"""


def of_spiff(events: Sequence[str]) -> Row:
    """SpiffWorkflow: BPMN user tasks, completed by name; its JSON holds the specification too."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(BytesIO(BPMN)), filename="flow.bpmn")
    first = BpmnWorkflow(parser.get_spec("flow"))
    first.do_engine_steps()
    first.get_tasks(state=TaskState.READY)[0].data["amount"] = 500_000
    serializer = BpmnWorkflowSerializer()
    begin = serializer.serialize_json(first)

    def run() -> str:
        text = begin
        for event in events:
            workflow = serializer.deserialize_json(text)
            task = next(t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.name == event)
            task.run()
            workflow.do_engine_steps()
            text = serializer.serialize_json(workflow)
        return "certified" if workflow.is_completed() else ""

    return "SpiffWorkflow 3.2.0", run


def all_of(events: Sequence[str]) -> list[Row]:
    """Every peer, ready to run."""
    return [of_sismic(events), of_transitions(events), of_statemachine(events), of_spiff(events)]
