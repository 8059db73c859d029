import pytest
from structural_documents import KOREAN_LEASE, LEASE, answer_to, findings, refused

from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.party import PARTY_ALL, PARTY_NAME, PARTY_ROLE


def parties(text: str, language: str) -> Findings:
    return findings(text, "party", domain="legal", language=language)


def test_party_facts_english_contract_names_without_their_description() -> None:
    found = parties(LEASE, "en")
    assert answer_to(found, PARTY_ROLE, role="Landlord") == "Harrow Mill Estates LLC"
    assert answer_to(found, PARTY_ROLE, role="Tenant") == "Brambling Bicycles, Inc."
    assert answer_to(found, PARTY_NAME, name="Brambling Bicycles, Inc.") == "the Tenant"
    assert answer_to(found, PARTY_ALL) == (
        "Harrow Mill Estates LLC: the Landlord; Brambling Bicycles, Inc.: the Tenant"
    )


def test_party_facts_english_lawsuit() -> None:
    found = parties(
        "HIGH COURT\n\nANNA BRANDT (trading as Brandt Dairy), Plaintiff\n\nand\n\nKESTREL LIMITED, Defendant\n", "en"
    )
    assert answer_to(found, PARTY_ROLE, role="Plaintiff") == "ANNA BRANDT"
    assert answer_to(found, PARTY_ROLE, role="Defendant") == "KESTREL LIMITED"


def test_party_facts_role_claimed_twice_is_refused() -> None:
    text = (
        'Made between Alder Works, a company ("Supplier"), and Birch Works, a company ("Supplier"), '
        'and Cedar Yard, a company ("Buyer").\n'
    )
    found = parties(text, "en")
    assert ("ambiguous_party", "Supplier") in refused(found)
    assert answer_to(found, PARTY_ROLE, role="Buyer") == "Cedar Yard"
    assert not any(fact.form is PARTY_ALL for fact in found.facts)


def test_party_facts_the_agreement_itself_is_no_party() -> None:
    text = (
        'This Platform Agreement (the "Agreement") binds the entity or person agreeing to these terms ("Customer").\n'
    )
    assert parties(text, "en").facts == ()


def test_party_facts_korean_contract_has_role_and_short_name() -> None:
    found = parties(KOREAN_LEASE, "ko")
    assert answer_to(found, PARTY_ROLE, role="임대인") == "서문빌딩 주식회사"
    assert answer_to(found, PARTY_ROLE, role="“을”") == "고래공방"
    assert answer_to(found, PARTY_NAME, name="고래공방") == "임차인(“을”)"


def test_party_facts_korean_lawsuit() -> None:
    found = parties("판결\n\n원고  마현준\n      한결시 햇살로 31\n피고  주식회사 온새미공간\n", "ko")
    assert answer_to(found, PARTY_ALL) == "마현준: 원고; 주식회사 온새미공간: 피고"


@pytest.mark.parametrize(
    ("text", "role", "name"),
    [
        (
            'Made between BEECH FERRIES,\nINC., a river company (the "Company"), and others.\n',
            "Company",
            "BEECH FERRIES, INC.",
        ),
        ('Made by and between U.S. RIVER BANK, a bank (the "Bank"), and others.\n', "Bank", "U.S. RIVER BANK"),
    ],
)
def test_party_facts_english_name_is_whole(text: str, role: str, name: str) -> None:
    assert answer_to(parties(text, "en"), PARTY_ROLE, role=role) == name


@pytest.mark.parametrize(
    "text",
    [
        'A corporation under the laws of the\nUnited States of America (the "Bank").\n',
        'You are\nChief Pilot of Alder Ferries, Inc. (the "Company").\n',
        "Severance Pay. (a) If the Company or any successor entity (the “Employer”) ends it, pay is due.\n",
        "Subfeature. As a feature of the line of hire,\nBank\nlends oars.\n",
        "Licensee:                Licensor:\n",
        'Between Alder Boats, LLC, a company (each individually, a "Borrower"), and B. Gray Bank ("Bank").\n',
        'Recitals\n\nA. Choice Oars Inc., as hirer (the "Lessee"), hires oars.\n',
    ],
)
def test_party_facts_words_that_are_no_name_are_not_taken_for_one(text: str) -> None:
    roles = {fact.answer for fact in parties(text, "en").facts if fact.form is PARTY_ROLE}
    assert roles <= {"B. Gray Bank"}


def test_party_facts_one_that_is_not_read_leaves_out_the_question_for_all() -> None:
    text = (
        'Made between Alder Works, a company ("Supplier"), Birch Works, a company ("Buyer"), and Cedar Yard '
        '(the "Harbour Master").\n'
    )
    assert not any(fact.form is PARTY_ALL for fact in parties(text, "en").facts)


def test_party_facts_role_belongs_to_the_nearest_name_before_it() -> None:
    text = (
        'Offered by Alder Works, a broker of mills, and Birch Works, a company ("Supplier"), to the order of '
        '\nCedar Yard, a dealer, and by Dorn Boats, a company ("Buyer").\n'
    )
    found = parties(text, "en")
    assert answer_to(found, PARTY_ROLE, role="Supplier") == "Birch Works"
    assert answer_to(found, PARTY_ROLE, role="Buyer") == "Dorn Boats"


def test_party_facts_name_far_before_its_role_is_not_taken() -> None:
    near, far = "x" * 200, "x" * 300
    for between, facts in ((near, True), (far, False)):
        found = parties(f'Made by Birch Works, a company of {between} ("Supplier").\n', "en")
        assert bool(found.facts) is facts
