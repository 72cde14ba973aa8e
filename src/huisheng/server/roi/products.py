"""A product of the plan file as the calculator takes it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from huisheng.economics.scenario import Purchase
from huisheng.server.plans.catalogue import Catalogue
from huisheng.server.plans.errors import PlanFileError
from huisheng.server.plans.plan_file import load_plans


def find_purchase(plans: Path | None, product: str, now: datetime) -> Purchase:
    """What a product costs and holds now.

    Args:
        plans: the operator's plan file; None for the one that comes with the program.
        product: its id.
        now: UTC.

    Raises:
        UnknownProduct: nothing of this name is sold.
        PlanFileError: the file has mistakes.
    """
    terms = _load(plans).offer(product, now).terms
    amounts = {each.meter: each.amount for each in terms.allowances}
    return Purchase(
        terms.price_fen,
        calls=amounts.get("calls", 0),
        characters=amounts.get("characters", 0),
        seconds=amounts.get("seconds", 0),
    )


@lru_cache(maxsize=1)
def _load(plans: Path | None) -> Catalogue:
    """The plan file, read once: a change of it counts from the next start on, as everywhere.

    Raises:
        PlanFileError: it has mistakes; without the folder, which is none of a stranger's business.
    """
    try:
        return load_plans(plans, datetime.now(UTC))
    except PlanFileError as error:
        raise PlanFileError(Path(error.file).name, error.faults) from error
