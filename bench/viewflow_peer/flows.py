"""Start, approve, end: the smallest flow with a person in it."""

from viewflow import jsonstore, this
from viewflow.workflow import flow
from viewflow.workflow.flow.views import CreateProcessView, UpdateProcessView
from viewflow.workflow.models import Process


class Grant(Process):
    name = jsonstore.CharField(max_length=80)
    approved = jsonstore.BooleanField(default=False)

    class Meta:
        proxy = True
        app_label = "viewflow"


class GrantFlow(flow.Flow):
    process_class = Grant
    start = flow.Start(CreateProcessView.as_view(fields=["name"])).Next(this.approve)
    approve = flow.View(UpdateProcessView.as_view(fields=["approved"])).Assign(username="reviewer").Next(this.decided)
    decided = flow.If(lambda activation: activation.process.approved).Then(this.end).Else(this.end)
    end = flow.End()
