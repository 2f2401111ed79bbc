"""Score pairs with nomenklatura's logic-v2. Run by screening.py with the Python of an environment that has it.

Every query and every listed person gets an id of its own: logic-v2 remembers the names of an entity by its id alone.
"""

import json
import sys
from pathlib import Path

from followthemoney import model
from followthemoney.proxy import EntityProxy
from nomenklatura.matching import get_algorithm


def entity(number: str, properties: dict[str, list[str]]) -> EntityProxy:
    return model.get_proxy({"id": number, "schema": "Person", "properties": properties})


def main() -> None:
    algorithm = get_algorithm("logic-v2")
    assert algorithm is not None
    config = algorithm.default_config()
    with Path(sys.argv[1]).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            pair = json.loads(line)
            query = entity(f"query-{number}", pair["query"])
            scored = []
            for place, (entry, properties) in enumerate(pair["listed"]):
                result = algorithm.compare(query, entity(f"listed-{number}-{place}", properties), config)
                scored.append([entry, result.score])
            print(json.dumps(scored))


if __name__ == "__main__":
    main()
