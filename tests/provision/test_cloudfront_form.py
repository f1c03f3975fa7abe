"""Our settings over a live configuration of CloudFront's, as values."""

from provision.cloudfront_form import counted, plain, put_over, shaped_like

# Parts of an answer of CloudFront's, as its API reference shows them.
LIVE = {
    "CallerReference": "x",
    "Aliases": {"Quantity": 2, "Items": ["b.example", "a.example"]},
    "Origins": {
        "Quantity": 1,
        "Items": [
            {
                "Id": "pages",
                "CustomHeaders": {"Quantity": 0},
                "S3OriginConfig": {"OriginAccessIdentity": ""},
            }
        ],
    },
    "OriginGroups": {
        "Quantity": 1,
        "Items": [
            {
                "Id": "group",
                "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [503, 500]}},
                "Members": {"Quantity": 2, "Items": [{"OriginId": "second"}, {"OriginId": "first"}]},
            }
        ],
    },
    "DefaultCacheBehavior": {
        "TrustedSigners": {"Enabled": False, "Quantity": 0},
        "AllowedMethods": {
            "Quantity": 2,
            "Items": ["HEAD", "GET"],
            "CachedMethods": {"Quantity": 2, "Items": ["HEAD", "GET"]},
        },
        "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "all"}},
    },
    "ViewerCertificate": {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"},
    "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
}


def test_lists_go_round_in_their_order_and_with_their_quantities() -> None:
    assert counted(plain(LIVE)) == LIVE


def test_the_order_of_a_list_is_no_difference_but_of_behaviors_it_is() -> None:
    assert shaped_like(plain(LIVE)["Aliases"], ["a.example", "b.example"]) == ["a.example", "b.example"]
    first, last = {"PathPattern": "/a/*", "Compress": True}, {"PathPattern": "/*", "Compress": True}
    assert shaped_like([last, first], [first, last]) == [last, first]


def test_what_ours_does_not_name_is_not_compared_and_what_others_added_is() -> None:
    live = [{"Id": "media", "OriginShield": {"Enabled": True}}, {"Id": "other", "DomainName": "x"}]
    assert shaped_like(live, [{"Id": "media"}]) == [{"Id": "media"}, {"Id": "other", "DomainName": "x"}]


def test_ours_replaces_what_it_names_and_what_contradicts_it() -> None:
    ours = {
        "Origins": [{"Id": "pages", "CustomOriginConfig": {"HTTPSPort": 443}}],
        "DefaultCacheBehavior": {"CachePolicyId": "id"},
        "ViewerCertificate": {"ACMCertificateArn": "arn"},
    }
    found = put_over(plain(LIVE), ours)
    assert found["Origins"] == [
        {"Id": "pages", "CustomHeaders": [], "CustomOriginConfig": {"HTTPSPort": 443}}
    ]
    assert found["ViewerCertificate"] == {"ACMCertificateArn": "arn"}
    assert "ForwardedValues" not in found["DefaultCacheBehavior"]
    assert counted(found)["OriginGroups"] == LIVE["OriginGroups"]


def test_a_list_without_items_has_a_quantity_and_nothing_else() -> None:
    assert counted({"Aliases": []}) == {"Aliases": {"Quantity": 0}}
