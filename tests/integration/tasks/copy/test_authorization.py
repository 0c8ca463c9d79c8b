"""COPY reads the dump with the configured role, else with the keys that boto3 finds."""

import re

from pipeline.local.stack import IAM_ROLE
from tests.support.projects.warehouse import Project, change_configuration
from tests.support.results.tracing import log_statements

KEYS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY")


def forget_role(project: Project) -> None:
    change_configuration(project, lambda raw: raw["data_warehouse"].pop("iam_role"))


def load(project: Project) -> str:
    """Load a table; return the one COPY as it was executed, with names for its values."""
    words = ("CopyTable", "--table", "{src}.orders", "--workers", "1")
    done = project.luigi(*words, *log_statements(project))
    (copy,) = re.findall(r"^COPY \"[^;]+?^STATUPDATE OFF;$", done.err, re.MULTILINE)
    assert project.rows("SELECT COUNT(*) FROM {src}.orders") == [(1000,)]
    return copy


def test_with_a_role_copy_gets_the_role_and_no_key(project: Project) -> None:
    copy = load(project)
    assert "\nIAM_ROLE %(iam_role)s\nMANIFEST\n" in copy
    assert not [word for word in (*KEYS, "SESSION_TOKEN") if word in copy]


def test_without_a_role_copy_gets_the_keys_and_no_role(project: Project) -> None:
    forget_role(project)
    copy = load(project)
    expected = "\nACCESS_KEY_ID %(access_key_id)s\nSECRET_ACCESS_KEY %(secret_access_key)s\n"
    assert f"{expected}MANIFEST\n" in copy
    assert "IAM_ROLE" not in copy


def test_a_bucket_in_another_region_is_an_error_with_advice(project: Project) -> None:
    change_configuration(project, lambda raw: raw["s3"].update(region="eu-west-1"))
    failed = project.luigi("CopyTable", "--table", "{src}.orders", code=30)
    assert "PermanentRedirect" in failed.out
    assert "(set s3.region in sources.json to the region of the bucket)" in failed.out


def test_the_plan_shows_the_authorization_and_hides_all_values(project: Project) -> None:
    words, token = ("plan", "CopyTable", "{src}.orders", "--sql"), "distinctive-token"
    shown = project.pipeline(*words)
    assert "\nIAM_ROLE '***'\nMANIFEST\n" in shown.out
    assert not [word for word in (*KEYS, IAM_ROLE) if word in shown.out]
    forget_role(project)
    shown = project.pipeline(*words, AWS_SESSION_TOKEN=token)
    assert "\nACCESS_KEY_ID '***'\nSECRET_ACCESS_KEY '***'\nSESSION_TOKEN '***'\n" in shown.out
    assert "IAM_ROLE" not in shown.out
    assert token not in shown.text
