"""Who stands at the desk, found also by the record number (病历号) that the HIS gave them.

A record number says nothing of a person itself: its chart leads to the identity number, and that to
the one patient with it. What is found is masked, and every look is audited.
"""

from wx_backend.base.context import Ctx
from wx_backend.base.errors import Invalid
from wx_backend.identity.patients import service as patients
from wx_backend.identity.patients.model import Known
from wx_backend.records.encounters import service

CARD_OR_PHONE = frozenset({11, 15, 18})
"""Letters of an identity number (also the old ones, so that the answer says what is wrong) and of a
contact number; a record number may have any length.
"""


async def people(ctx: Ctx, words: str) -> list[Known]:
    """The patients whose chart has this record number, with this identity number, or for whom this
    contact number was given.

    Raises:
        Invalid: a wrong number, one of no chart, or of somebody who has not been put down here.
    """
    typed = "".join(words.split())
    chart = await service.chart_of(ctx, typed)
    if chart is None and len(typed) in CARD_OR_PHONE:
        return await patients.look_up(ctx, typed)
    if chart is None:
        raise Invalid(fields={"who": "没有这个病历号；也可以用身份证号或手机号查找"})
    await ctx.house.audit.record(ctx, "charts:number:found", chart.id)
    if found := await patients.of_identity(ctx, chart.identity.id_blind):
        return found
    raise Invalid(fields={"who": "持这个病历号的患者还没有在这里建档，请用身份证建档"})
