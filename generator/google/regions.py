"""Regions of Google Cloud and the letters of their zones: https://docs.cloud.google.com/compute/docs/regions-zones."""

READ = "2026-11-30"
"""The day on which this was read. New regions come: what is not here is a warning."""

_ABC = ("a", "b", "c")
REGIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        (
            "africa-south1",
            *("asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2", "asia-northeast3"),
            *("asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2", "asia-southeast3"),
            *("australia-southeast1", "australia-southeast2"),
            *("europe-central2", "europe-north1", "europe-north2", "europe-southwest1", "europe-west2", "europe-west3"),
            *("europe-west4", "europe-west6", "europe-west8", "europe-west9", "europe-west10", "europe-west12"),
            *("me-central1", "me-central2", "me-west1"),
            *("northamerica-northeast1", "northamerica-northeast2", "northamerica-south1"),
            *("southamerica-east1", "southamerica-west1"),
            *("us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4"),
        ),
        _ABC,
    ),
    "europe-west1": ("b", "c", "d"),
    "us-central1": ("a", "b", "c", "f"),
    "us-east1": ("b", "c", "d"),
}
