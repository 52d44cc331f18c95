"""cert-manager, and certificates of Google Cloud."""

from generator.review import given
from generator.review.change import Impact
from generator.review.row import Row, added, always, changed, comes, goes, lowered, removed

# A row of a table is a line.
# fmt: off
_CERTIFICATE = "https://cert-manager.io/docs/usage/certificate/"
_ISSUER = "https://cert-manager.io/docs/configuration/"
_REISSUED = "https://cert-manager.io/docs/usage/certificate/#actions-triggering-private-key-rotation"
_ISSUERS = (
    Row("", added, Impact.SAFE, "nothing asks it yet", _ISSUER),
    Row("", removed, Impact.OUTAGE, "certificates that it signed are not renewed: they end when they end", _ISSUER),
    Row("spec.ca.**", always, Impact.OUTAGE, "another authority signs: who does not trust it refuses the next certificates", _ISSUER),
    Row("spec.selfSigned.**", always, Impact.EXPOSURE, "certificates that sign themselves: nobody can know whom they talk to", _ISSUER, given=given.existed),
    Row("spec.acme.**", always, Impact.UNKNOWN, "how the next certificates are asked for: if it is wrong they are not renewed", _ISSUER),
    Row("spec.**", always, Impact.UNKNOWN, "who signs the next certificates: if it is wrong they are not renewed", _ISSUER),
)

TABLE: dict[str, tuple[Row, ...]] = {
    "Certificate.cert-manager.io": (
        Row("", added, Impact.SAFE, "a certificate is asked for; nothing that runs today reads it", _CERTIFICATE),
        Row("", removed, Impact.UNKNOWN, "it is not renewed any more; its Secret stays, and the certificate in it ends when it ends", _CERTIFICATE),
        Row("spec.secretName", changed, Impact.OUTAGE, "who reads the old Secret has a certificate that nobody renews", _CERTIFICATE),
        Row("spec.issuerRef.**", always, Impact.OUTAGE, "another authority signs at once: who does not trust it gets no connection", _CERTIFICATE, given=given.existed),
        Row("spec.dnsNames.*", goes, Impact.OUTAGE, "clients refuse the certificate under this name", _CERTIFICATE),
        Row("spec.dnsNames.**", comes, Impact.SAFE, "the certificate is issued anew, with one more name", _CERTIFICATE),
        Row("spec.commonName", always, Impact.UNKNOWN, "the certificate is issued anew, with another name", _CERTIFICATE),
        Row("spec.isCA", comes, Impact.EXPOSURE, "whoever has its key can sign certificates", _CERTIFICATE, given=given.existed),
        Row("spec.usages.**", always, Impact.UNKNOWN, "what the certificate is good for", _CERTIFICATE),
        Row("spec.privateKey.size", lowered, Impact.EXPOSURE, "a weaker key", _REISSUED),
        Row("spec.privateKey.rotationPolicy", goes, Impact.UNKNOWN, "whether a renewed certificate has a new key", _REISSUED),
        Row("spec.privateKey.**", always, Impact.UNKNOWN, "the certificate is issued anew with another key: look that clients can use it", _REISSUED),
        Row("spec.duration", always, Impact.SAFE, "the certificate is issued anew, for another time", _CERTIFICATE),
        Row("spec.renewBefore", lowered, Impact.UNKNOWN, "less time to mend a renewal that fails", _CERTIFICATE),
        Row("spec.renewBefore", always, Impact.SAFE, "when it is renewed", _CERTIFICATE),
        Row("spec.subject.**", always, Impact.SAFE, "what the certificate says of its owner", _CERTIFICATE),
        Row("spec.secretTemplate.**", always, Impact.SAFE, "labels and annotations of its Secret", _CERTIFICATE),
        Row("spec.revisionHistoryLimit", always, Impact.SAFE, "how many old requests are kept", _CERTIFICATE),
    ),
    "Issuer.cert-manager.io": _ISSUERS,
    "ClusterIssuer.cert-manager.io": _ISSUERS,
}
