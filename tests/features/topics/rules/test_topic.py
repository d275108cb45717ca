from notebot.features.topics.rules.topic import Topic


def test_a_topic_wants_new_and_cross_listed_papers_unless_told_otherwise() -> None:
    topic = Topic("Mathematics", ("cs.CL",), None)
    assert topic.announce == {"new", "cross"}
    assert topic.tags == ()
