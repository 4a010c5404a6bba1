"""Answers a form as a cooperative person would: something valid for every item that must be answered."""

import mendwork_client

v1 = mendwork_client.package("mendwork.v1")
Type = v1.FormItem.Type
_LOG = v1.ActivityLog.Entry
_SILENT = {Type.Value("TYPE_INFO"), Type.Value("TYPE_GATE"), Type.Value("TYPE_AGREEMENT")}


def _pick(item, wanted):
    """Picks option codes, the first ones that may stand together."""
    codes = [option.code for option in item.options if not option.exclusive]
    return codes[: max(1, wanted)] or [item.options[0].code]


def _text(item, words):
    return words[: item.length_max] if item.length_max else words


def value_for(item, words="A sentence of my own."):
    """Returns the fields of a valid answer to one item; None where the item takes none."""
    name = Type.Name(item.type)[len("TYPE_") :]
    if item.type in _SILENT:
        return None
    if name in ("TEXT", "LONG_TEXT"):
        return {"text": _text(item, words)}
    if name == "LETTER":
        return {"letter": {"sections": {option.code: _text(item, words) for option in item.options}}}
    if name in ("CHOICE", "LIKERT"):
        return {"codes": {"codes": [item.options[0].code]}}
    if name in ("MULTI_CHOICE", "CHECKLIST"):
        return {"codes": {"codes": _pick(item, item.count_min)}}
    if name == "RANKED_CHOICE":
        return {"codes": {"codes": [option.code for option in item.options]}}
    if name in ("SLIDER", "NUMBER"):
        return {"number": item.minimum}
    if name == "DATE":
        return {"text": "2026-01-15"}
    if name == "TIME":
        return {"text": "09:30"}
    if name == "YES_NO":
        return {"flag": False}
    if name in ("ATTESTATION", "SAFETY_CHECK"):
        return {"flag": name == "ATTESTATION"}
    if name == "ACTIVITY_LOG":
        return {
            "log": {"entries": [{"activity": "a walk", "outcome": _LOG.OUTCOME_SHORTENED, "minutes": 10}]}
        }
    if name == "GROUP":
        return {
            "rows": {"rows": [{"answers": answers_for(item.items, words=words)}] * max(1, item.count_min)}
        }
    raise ValueError(f"an item type this program does not know: {name}")


def answers_for(items, chosen=None, words="A sentence of my own."):
    """Returns answers to every required, always shown item, and to each item named in `chosen`.

    `chosen` maps an item id to the fields of its answer, or to None to leave it unanswered.
    """
    chosen = dict(chosen or {})
    answers = []
    for item in items:
        if item.item_id in chosen:
            value = chosen.pop(item.item_id)
        else:
            value = value_for(item, words) if item.required and not item.show_when else None
        if value is not None:
            answers.append({"item_id": item.item_id, **value})
    if chosen:
        raise KeyError(
            f"the form has no such items: {', '.join(chosen)}; it has {', '.join(i.item_id for i in items)}"
        )
    return answers
