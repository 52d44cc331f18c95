"""python -m lint.vendor_contract on a checkout of our own making: what it tells of a new release."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from lint.vendor_contract import CONTRACT, differences, main

ROWS: dict[str, Any] = yaml.safe_load(CONTRACT.read_text())
FILES = {
    "src/codemie/configs/config.py": """
class Config(BaseSettings):
    ENV: str = ENV_LOCAL
    LOG_LEVEL: str = "DEBUG"
    NEW_LIMIT: int = Field(default=3, gt=0)
    LITELLM_MSG_TIMEOUT: str = ("a long text")
    model_config = SettingsConfigDict(extra="ignore")

    @property
    def verbose(self): ...
""",
    "src/codemie/configs/customer_config.py": 'CONFIG_IDS = {"idp": "idpProvider", "new": "features:new"}\n',
    "src/codemie/enterprise/litellm/models.py": 'def mapped(model_info): return model_info.get("mode"), model_info.get("new")\n',
    "src/codemie_tools/tool.py": 'import os\nos.getenv("NEW_TOOL")\nos.environ["LOG_LEVEL"]\n',
    "deploy-templates/values.yaml": "extraEnv: [{name: ENV, value: dev}, {name: NEW_CHART}]\ncustomEnv: []\n",
    "config/customer/customer-config.yaml": """
components:
  - {id: skills, settings: {enabled: false, name: Skills, color: red}}
  - {id: newPart, settings: {enabled: true}}
preconfigured_assistants:
  - {id: prompt-engineer, settings: {enabled: true}}
tool_defaults:
  jira: {url_placeholder: x, url: y}
  sql:
""",
}


def test_a_checkout_tells_what_has_no_row_is_gone_or_has_another_default(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = list(differences(ROWS, tmp_path))
    assert [line for line in found if " is gone from " not in line] == [
        "variable NEW_LIMIT of src/codemie/configs/config.py has no row",
        "variable LOG_LEVEL: src/codemie/configs/config.py says 'DEBUG', the row 'INFO'",
        "variable NEW_TOOL of src has no row",
        "variable NEW_CHART of deploy-templates/values.yaml has no row",
        "component newPart of config/customer/customer-config.yaml has no row",
        "component skills: config/customer/customer-config.yaml says False, the row True",
        "tool jira: config/customer/customer-config.yaml says ['url', 'url_placeholder'], the row ['url_placeholder']",
        "setting color of config/customer/customer-config.yaml has no row",
        "computed id features:new of src/codemie/configs/customer_config.py has no row",
        "field of models new of src/codemie/enterprise/litellm/models.py has no row",
    ]
    assert "variable TIMEZONE is gone from src/codemie/configs/config.py" in found
    assert "assistant ai-run-chatbot is gone from config/customer/customer-config.yaml" in found
    assert main(tmp_path) == 3


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(tmp_path) == 2
    assert "no checkout of the vendor's API: src/codemie/configs/config.py" in capsys.readouterr().err
