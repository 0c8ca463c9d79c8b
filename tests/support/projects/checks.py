"""The checks of a publication that a test makes, as the tasks make them."""

import dataclasses

from pipeline.designs.fingerprint import checks_fingerprint
from pipeline.names import Fingerprint
from pipeline.procedures.checks.checking import Checking
from pipeline.procedures.publish.publication import Publication
from pipeline.sql.markers.marker import CHECKS


def with_checks(publication: Publication) -> Publication:
    """Return the publication with the checks of its design, if it has any."""
    design, marker = publication.design, publication.marker
    if not design.checks:
        return publication
    checks = checks_fingerprint(design)
    both = Fingerprint(f"{marker.fingerprint}{checks}"[:60])
    update_id = f"{marker.prefix}/{CHECKS}/{marker.run_date}/{design.name}/{both}"
    written = dataclasses.replace(marker, update_id=update_id, task=CHECKS, fingerprint=both)
    checking = Checking(written, publication.place.marker_schema, marker.task, checks)
    return dataclasses.replace(publication, checking=checking)
