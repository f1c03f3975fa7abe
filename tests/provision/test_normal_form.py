from provision.normal_form import known_tags, normal_policy, policy_text


def test_two_ways_of_writing_one_policy_are_equal() -> None:
    ours = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:GetObject"],
                "Resource": ["a"],
                "Condition": {"Bool": {"aws:SecureTransport": False}},
            }
        ],
    }
    live = (
        '{"Version":"2012-10-17","Statement":{"Resource":"a","Effect":"Allow","Action":["s3:GetObject",'
        '"s3:PutObject"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}}'
    )
    assert normal_policy(ours) == normal_policy(live)


def test_policies_that_differ_stay_different() -> None:
    def allow(action: str) -> dict[str, object]:
        return {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}

    assert normal_policy(allow("s3:GetObject")) != normal_policy(allow("s3:PutObject"))


def test_a_policys_text_does_not_depend_on_the_order_of_its_keys() -> None:
    assert policy_text({"b": 1, "a": 2}) == policy_text({"a": 2, "b": 1}) == '{"a":2,"b":1}'


def test_tags_of_others_are_none_of_our_business() -> None:
    assert known_tags({"Project": "x", "CostCentre": "42"}, {"Project": "y"}) == {"Project": "x"}
