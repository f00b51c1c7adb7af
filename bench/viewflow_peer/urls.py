"""Where the flow is reached."""

from django.urls import path
from viewflow.urls import Site
from viewflow.workflow.flow import FlowAppViewset

from viewflow_peer.flows import GrantFlow

site = Site(title="peer", viewsets=[FlowAppViewset(GrantFlow)])
urlpatterns = [path("", site.urls)]
