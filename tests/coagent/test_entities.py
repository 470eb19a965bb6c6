from coagent.entities import ENTITIES, Project, RealEstateAgentProfile, Review, SavedContent, UserProfile
from coagent.tables import coagent


def test_there_are_twelve_kinds_under_the_names_of_before() -> None:
    assert [entity.__name__ for entity in ENTITIES] == [
        "UserProfile", "RealEstateAgentProfile", "Review", "BrandAudit", "Competitor", "ResearchReport", "Project",
        "SavedContent", "TrainingProgress", "MarketingPlan", "ReviewAnalysis", "OAuthToken",
    ]  # fmt: skip
    assert all(entity.__definition__.table is coagent for entity in ENTITIES)


def test_keys_are_those_of_before() -> None:
    assert UserProfile.key("u").wire == {"PK": {"S": "USER#u"}, "SK": {"S": "PROFILE"}}
    assert RealEstateAgentProfile.key("u", "main").wire == {"PK": {"S": "USER#u"}, "SK": {"S": "AGENT#main"}}
    assert Review.key("a", "r").wire == {"PK": {"S": "REVIEW#a"}, "SK": {"S": "REVIEW#r"}}
    assert Project.key("u", "p").wire == {"PK": {"S": "USER#u"}, "SK": {"S": "PROJECT#p"}}
    assert SavedContent.key("u", "c").wire == {"PK": {"S": "USER#u"}, "SK": {"S": "CONTENT#c"}}
