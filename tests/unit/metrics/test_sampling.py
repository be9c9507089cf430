from __future__ import annotations

from pathlib import Path

from observer.model.metric import ROLLING_DAILY_DAYS

MACRO = Path(__file__).resolve().parents[3] / "transform" / "macros" / "metrics" / "rolling_days.sql"


def test_models_and_read_model_agree_on_the_days_of_rolling_windows() -> None:
    assert f"return({ROLLING_DAILY_DAYS})" in MACRO.read_text()
