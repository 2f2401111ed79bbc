"""The modules that the simulator can be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """What tells one module of the family from another."""

    name: str
    system_id: int
    width: int
    height: int
    template_size: int
    capacity: int
    is_r503: bool = False
    reads_parameters: bool = True
    boot_s: float = 0.5


MODELS = {
    "zfm20": Model("ZFM-20", 0, 256, 288, 512, 162),
    "r307": Model("R307", 0, 256, 288, 512, 1000),
    "as608": Model("AS608", 0, 256, 288, 512, 300),
    "r308": Model("R308", 0, 256, 288, 512, 500, reads_parameters=False),
    "r503": Model("R503", 9, 192, 192, 1536, 200, is_r503=True, boot_s=0.05),
}
