"""Draws a state machine as SVG with the path an execution took; the layout is Sugiyama's, by grandalf."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from grandalf.graphs import Edge, Graph, Vertex
from grandalf.layouts import DummyVertex, SugiyamaLayout

from delivery.flows import edges as flow_edges

HEIGHT, MARGIN = 34, 8
CHARACTER_WIDTH = 7.4
PADDING = 26
FOLDED_ENDS = 5


@dataclass
class Box:
    """The size grandalf lays out, and the centre it finds."""

    w: float
    h: float = HEIGHT
    xy: tuple[float, float] = (0.0, 0.0)


def taken_transitions(events: list[dict[str, Any]]) -> tuple[Counter[str], set[tuple[str, str]]]:
    """How often each top-level state was entered, and the pairs of states entered one after the other."""
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in events
        if event["type"].endswith("StateEntered")
    ]
    return Counter(entered), set(pairwise(entered))


def draw(definition: dict[str, Any], events: list[dict[str, Any]]) -> str:
    """The definition's graph as an SVG element; states and arrows of the path taken are marked."""
    visits, transitions = taken_transitions(events)
    states = folded(definition["States"], visits)
    vertices = {name: _vertex(name) for name in states}
    links = _links(states)
    arrows = {pair: Edge(vertices[pair[0]], vertices[pair[1]]) for pair in links}
    layout = _laid_out(vertices, arrows, definition["StartAt"])
    boxes = [_box_svg(vertices[name], name, state, visits[name]) for name, state in states.items()]
    lines = [
        _arrow_svg(layout, arrows[pair], pair in transitions, is_failure)
        for pair, is_failure in sorted(links.items(), key=lambda item: item[0] in transitions)
    ]
    bends = [x for arrow in arrows.values() for x, _ in _route(layout, arrow)]
    return _canvas([vertex.view for vertex in vertices.values()], bends, [*lines, *boxes])


def folded(states: dict[str, dict[str, Any]], visits: Counter[str]) -> dict[str, dict[str, Any]]:
    """The states to draw: many ends side by side that the run did not come to are one box, as they would
    make the drawing so wide that nothing in it can be read."""
    missed = {name: state["Type"] for name, state in states.items() if _is_end(state) and not visits[name]}
    if len(missed) < FOLDED_ENDS:
        return states
    box = f"{len(missed)} other ends"
    names = {name: box if name in missed else name for name in states}
    kept = {name: _renamed(state, names) for name, state in states.items() if name not in missed}
    return {**kept, box: {"Type": "Fail", "Comment": ", ".join(missed)}}


def _is_end(state: dict[str, Any]) -> bool:
    return state["Type"] in ("Succeed", "Fail")


def _renamed(state: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    ways: dict[str, Any] = {way: names[state[way]] for way in ("Next", "Default") if way in state}
    lists = {way: state[way] for way in ("Choices", "Catch") if isinstance(state.get(way), list)}
    rules = {way: [{**rule, "Next": names[rule["Next"]]} for rule in found] for way, found in lists.items()}
    return {**state, **ways, **rules}


def _links(states: dict[str, dict[str, Any]]) -> dict[tuple[str, str], bool]:
    """The pairs of states with a way between them, and whether only caught failures go it."""
    links: dict[tuple[str, str], bool] = {}
    for source, target, _, is_failure in flow_edges(states):
        links[source, target] = links.get((source, target), True) and is_failure
    return links


def _vertex(name: str) -> Vertex:
    vertex = Vertex(name)
    vertex.view = Box(len(name) * CHARACTER_WIDTH + PADDING)
    return vertex


def _laid_out(vertices: dict[str, Vertex], arrows: dict[Any, Edge], start: str) -> SugiyamaLayout:
    graph = Graph(list(vertices.values()), list(arrows.values()))
    layout = SugiyamaLayout(graph.C[0])
    layout.yspace, layout.xspace = 26, 18
    layout.init_all(roots=[vertices[start]], optimize=True)
    layout.draw(12)
    return layout


def _route(layout: SugiyamaLayout, arrow: Edge) -> list[tuple[float, float]]:
    """Centre of the source, the bends grandalf keeps for long edges, centre of the target."""
    bends = layout.ctrls.get(arrow, {})
    dummies = [vertex for _, vertex in sorted(bends.items()) if isinstance(vertex, DummyVertex)]
    source, target = arrow.v
    middle = [dummy.view.xy for dummy in dummies]
    if middle and abs(middle[0][1] - source.view.xy[1]) > abs(middle[-1][1] - source.view.xy[1]):
        middle.reverse()
    return [source.view.xy, *middle, target.view.xy]


def _arrow_svg(layout: SugiyamaLayout, arrow: Edge, is_taken: bool, is_failure: bool) -> str:
    points = _route(layout, arrow)
    (x0, y0), (x1, y1) = points[0], points[-1]
    direction = 1 if points[1][1] >= y0 else -1
    points[0] = (x0, y0 + direction * HEIGHT / 2)
    points[-1] = (x1, y1 - (1 if y1 >= points[-2][1] else -1) * HEIGHT / 2)
    path = f"M{points[0][0]:.0f},{points[0][1]:.0f}" + "".join(
        f" C{ax:.0f},{(ay + by) / 2:.0f} {bx:.0f},{(ay + by) / 2:.0f} {bx:.0f},{by:.0f}"
        for (ax, ay), (bx, by) in pairwise(points)
    )
    kind = " ".join(word for word, holds in (("taken", is_taken), ("caught", is_failure)) if holds)
    return f'<path class="arrow {kind}" d="{path}" marker-end="url(#{"tip-taken" if is_taken else "tip"})"/>'


def _box_svg(vertex: Vertex, name: str, state: dict[str, Any], visits: int) -> str:
    box, kind = vertex.view, state["Type"]
    x, y = box.xy
    radius = HEIGHT / 2 if kind in ("Succeed", "Fail") else 6
    label = f"{name} ×{visits}" if visits > 1 else name
    classes = f"state {kind.lower()}{' taken' if visits else ''}"
    return (
        f'<g class="{classes}"><rect x="{x - box.w / 2:.0f}" y="{y - HEIGHT / 2:.0f}" '
        f'width="{box.w:.0f}" height="{HEIGHT}" rx="{radius:.0f}"/>'
        f'<text x="{x:.0f}" y="{y + 4:.0f}">{escape(label)}</text>'
        f"<title>{escape(state.get('Comment', ''))}</title></g>"
    )


def _canvas(boxes: list[Box], bends: list[float], shapes: list[str]) -> str:
    left = min(*bends, *(box.xy[0] - box.w / 2 for box in boxes)) - MARGIN
    right = max(*bends, *(box.xy[0] + box.w / 2 for box in boxes)) + MARGIN
    top = min(box.xy[1] for box in boxes) - HEIGHT
    bottom = max(box.xy[1] for box in boxes) + HEIGHT
    tips = "".join(
        f'<marker id="{tip}" class="{tip}" viewBox="0 0 8 8" refX="7" refY="4" orient="auto" '
        f'markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9"><path d="M0,0 L8,4 L0,8 z"/></marker>'
        for tip in ("tip", "tip-taken")
    )
    width, height = right - left, bottom - top
    return (
        f'<svg class="flow" viewBox="{left:.0f} {top:.0f} {width:.0f} {height:.0f}" '
        f'style="max-width:{width:.0f}px"><defs>{tips}</defs>{"".join(shapes)}</svg>'
    )
