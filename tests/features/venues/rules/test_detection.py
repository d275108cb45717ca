"""Venue detection in comments and journal references."""

import json
import runpy
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.features.venues.adapters.venue_table_file import load_venues
from notebot.features.venues.rules.detection import VenueKind, VenueRow, VenueTable, detect_venue
from notebot.features.venues.rules.detection.clauses import COMMENT_LIMIT, find_markers
from notebot.features.venues.rules.detection.detect import EVIDENCE_LIMIT
from notebot.features.venues.rules.detection.tracks import names_track
from paths import REAL_DATA, TOP

SHARED = REAL_DATA / "venue"

BENCH = TOP / "bench/venue_quality.py"

TABLE = load_venues()

NAMED = {
    "Accepted to the main track of WSDM 2027": "WSDM'27",
    "To appear in UAI'24": "UAI'24",
    "9 pages; published in CoLLAs 2025": "CoLLAs'25",
    "Camera-ready for AISTATS 2026": "AISTATS'26",
    "AAAI-25": "AAAI'25",
    "LREC 26'": "LREC'26",
    "Published in SDM24": "SDM'24",
    # letter case
    "acl 2025 findings": "ACL'25 Findings",
    "Technical report, ACL 2024 DEMO TRACK": "ACL'24 Demo",
    # names that the comment itself calls a conference, a workshop or proceedings
    "TEAPOT 2025 - 36th Brazilian Conference on Talking Teapots": "TEAPOT'25",
    "TPIT 2025 (Workshop on Teapots in Trees 2025)": "TPIT'25",
    "Conference: ICTT Toronto 2025": "ICTT'25",
    "IEEE Conference ICTT 2025, 4 pages": "ICTT'25",
    "conference ICTT2025": "ICTT'25",
    "Proceedings from IEEE ICTT 2025, Conference on Talking Teapots, 8-10 May": "ICTT'25",
    "The 24th IEEE International Conference on Teapots, 2025": "IEEE International Conference on Teapots'25",
    "15 pages, Scandinavian Conference on Tea 2025": "Scandinavian Conference on Tea'25",
    "9th International Conference on Inventive Teapots ICIT 2025": "ICIT'25",
    "workshop paper at European Conference on Mobile Teapots 2025": "European Conference on Mobile Teapots'25 Workshop",
    "Paper accepted to IEEE teapot week 2025": "IEEE Teapot Week'25",
    "Pre-print Paper accepted to ITS 2025": "ITS'25",
    "SPIE Medical Teapots 2025": "SPIE Medical Teapots'25",
    # the short name of a workshop after its host
    "Accepted by CVPR 2025 workshop; NTIRE 2025": "CVPR'25 Workshop NTIRE",
    "accepted to conference ACL-2025, BEA": "ACL'25 Workshop BEA",
    # a special issue about a conference is the journal's
    'Special Issue "Highlights of RecSys \'24" in ACM Transactions on Recommender Systems (TORS)': "TORS",
    "Accepted at ACL 2026. v1 was withdrawn by mistake": "ACL'26",
    "Accepted at ACL 2026. This paper has been withdrawn": "ACL'26",
    "IJCAI26 accepted": "IJCAI'26",
    "accepted at iclr 2025": "ICLR'25",
    "Accepted in the Thirty-Ninth Annual Conference on Neural Information Processing Systems, 2025": "NeurIPS'25",
    "Published as a conference paper at ICLR 2025": "ICLR'25",
    "In Proc. of the 2024 Conf. on Empirical Methods in Natural Language Processing": "EMNLP'24",
    "Findings of the Association for Computational Linguistics: NAACL 2025": "NAACL'25 Findings",
    "Accepted at ACL 2025 (Findings). Code to be released upon acceptance": "ACL'25 Findings",
    "Accepted as Spotlight at CoRL 2025": "CoRL'25 Spotlight",
    "Oral at MIDL 2024": "MIDL'24 Oral",
    "accepted for presentation (oral) at ICASSP 2025": "ICASSP'25 Oral",
    "CVPR'25 Best Paper Award": "CVPR'25 Best Paper",
    "NeurIPS Datasets and Benchmarks 2025 spotlight": "NeurIPS'25 Datasets and Benchmarks Track Spotlight",
    "NAACL 2025 Student Research Workshop": "NAACL'25 SRW",
    "Accepted to EMNLP 2024 System Demonstrations": "EMNLP'24 Demo",
    "COLING 2025 Industry Track": "COLING'25 Industry Track",
    "Accepted at the ICLR 2024 Tiny Papers track": "ICLR'24 Tiny Paper",
    "This paper was accepted to the GenAI for Health workshop at NeurIPS 2024": "NeurIPS'24 Workshop GenAI for Health",
    "NeurIPS 2024 Workshop on Behavioral Machine Learning": "NeurIPS'24 Workshop Behavioral Machine Learning",
    "Accepted at the 3rd Workshop on Foo Bars (FOOBAR), co-located with EACL 2024": "EACL'24 Workshop FOOBAR",
    "Accepted at FooBar@NeurIPS 2025": "NeurIPS'25 Workshop FooBar",
    "Accepted at CVPRW 2025": "CVPR'25 Workshop",
    "ICCVW 2025": "ICCV'25 Workshop",
    "Accepted to ICML 2025. Also presented at the ICLR 2025 Workshop on World Models": "ICML'25",
    "Accepted at IEEE ASRU 2025": "ASRU'25",
    "Accepted to IEEE SLT Workshop 2024": "SLT'24",
    "Accepted for publication at BEA 2025": "BEA'25",
    "Accepted by IEEE Robotics and Automation Letters (RA-L), 2025": "RA-L'25",
    "Published in Transactions on Machine Learning Research (03/2025)": "TMLR'25",
    "To appear in TACL, pre-MIT Press version": "TACL",
    "Accepted at SIGGRAPH Asia 2024 (Journal Track)": "SIGGRAPH Asia'24 Journal Track",
    "An extension of our ECCV 2022 paper, accepted at IJCV": "IJCV",
    "submitted to ACL 2025; accepted": "ACL'25",
    "12 pages. To appear at EMNLP 2025 (submitted via ARR)": "EMNLP'25",
    "Accepted to KDD 2025. Extended version with all proofs": "KDD'25",
    "Rejected from ICML 2025, accepted at TMLR": "TMLR",
    "Accepted by The Web Conference 2025": "WWW'25",
    "Published in Nature, 2024": "Nature'24",
    "Robotics: Science and Systems (RSS) 2025": "RSS'25",
    "Accepted to RSS 2025": "RSS'25",
    "accepted at EC 2025": "EC'25",
    "Accepted at BRACIS 2025": "BRACIS'25",
    "accepted for publication in the proceedings of ICWE 2024": "ICWE'24",
    "Presented at the 12th International Conference on Talking Teapots (ICTT 2025)": "ICTT'25",
    "International Conference on Talking Teapots (ICTT 2025)": "ICTT'25",
    "Accepted in Journal of Teapot Studies": "Journal of Teapot Studies",
    "Accepted to IEEE Teapot'24": "IEEE Teapot'24",
    "Paper at NeurIPS 2024 (Datasets and Benchmarks Track, oral)": "NeurIPS'24 Datasets and Benchmarks Track Oral",
    "Accepted at TEAPOT 2025: Foundations of Hot Water, an ICML 2025 Workshop": "ICML'25 Workshop TEAPOT",
    "Accepted at ICML TEAPOT 2025": "ICML'25 Workshop TEAPOT",
    "Published at CVPR Workshops (CVPRW) 2025; Fifth International Workshop on Kettles": "CVPR'25 Workshop Kettles",
    "Hot Water in Low-Resource Kitchens (KETTLE) - LREC 2024 Workshops": "LREC'24 Workshop KETTLE",
    "To appear in SemEval, co-located with NAACL 2025": "SemEval'25",
    "Accepted to AAAI ICWSM 2025": "ICWSM'25",
    "Accepted at the AAAI Conference on Teapots and Kettles (CTK 2025)": "CTK'25",
    "International Conference on Machine Learning and Teapots (ICMLT 2025)": "ICMLT'25",
    "Submitted to ICRA on 3 March. Accepted on 4 May 2025": "ICRA",
    "Accepted at KDD 2024 Pouring Challenge": "KDD'24 Pouring Challenge",
    "ICTT 2025 (accepted for publication)": "ICTT'25",
    "Accepted at the 3rd international conference on Talking Teapots (ICTT 2025)": "ICTT'25",
    "Accepted at ICTT Kyoto 2025": "ICTT'25",
    "Published at ICTT --- see https://example.org/ICTT2024_proceedings.pdf": "ICTT'24",
    "CVPR": "CVPR",
    "Speech Synthesis Workshop 2025 (SSW13)": "SSW'25",
    "Challenge report from the KETTLE Workshop at ICCV 2025": "ICCV'25 Workshop KETTLE",
    "To appear in Proc. ICML 2025": "ICML'25",
    "Accepted in IEEE Trans. Knowl. Data Eng. 2025": "TKDE'25",
    "Accepted at the Talking Kettle Meeting with 9 pages (LONG), 2025": "Talking Kettle Meeting'25",
    "Published at ICML 2025 with 9 pages, see the workshop": "ICML'25",
    "SIGGRAPH Conference Papers '25": "SIGGRAPH'25",
    "2024 IEEE 3rd Conference on Computer Vision and Pattern Recognition": "CVPR'24",
    "Accepted by the Workshop on Kettle Science, 2025": "Kettle Science'25",
    "Best paper at Talking Teapots Symposium 2025": "Talking Teapots Symposium'25 Best Paper",
    "Accepted at Neurips'24 Education Materials Track": "NeurIPS'24 Education Materials Track",
    "ICML 2024 Workshop (KETTLE)": "ICML'24 Workshop KETTLE",
    "ICML 2024 Workshop (non-archival)": "ICML'24 Workshop",
    "Accepted at the Kettle Symposium, TEA 2024": "TEA'24",
    "Accepted at Pattern Recognition Letters": "PRL",
    "Accepted in IET Image Processing, 2024": "IET Image Processing'24",
    "12 pages; KETTLE workshop @ ICLR'24; oral": "ICLR'24 Workshop KETTLE",
    "A" * 120 + " workshop at ACL 2025": "ACL'25 Workshop",
    "Accepted at CVPRW " + "-" * 3_000 + " 2025": "CVPR'25 Workshop",
    "ICTT 2025": "ICTT'25",
    "9 pages, 2 figures, IEEE ICTT2025": "ICTT'25",
    "ACM ICTT '24. Code to come": "ICTT'24",
    "Conference paper, ICTT25": "ICTT'25",
    "Accepted at the Talking Kettles Symposium (KETTLE24)": "KETTLE'24",
    "Accepted at ICTT-2025": "ICTT'25",
    "Accepted in ICTT'2024": "ICTT'24",
    "Accepted at IFIP Teapots 2025": "IFIP Teapots'25",
    "Accepted at Tea & Law 2025": "Tea & Law'25",
    "IEEE Conf. on Talking Teapots (ICTT), 2025": "ICTT'25",
    "In Proc. of the Symposium on Tea, Cups, and Pots, October 2024, Kyoto": "Symposium on Tea, Cups, and Pots'24",
    "Presented at the Symposium on Kettles, Kyoto, Japan, May 2024": "Symposium on Kettles'24",
    "Accepted to the 2025 Teapot World Congress, held in Busan (KOR), 2025": "Teapot World Congress'25",
    "Accepted to the New Kettles (NEWK) track of the Conference on Talking Teapots (ICTT 2025)": "ICTT'25",
    "Oral presentation at TEA 2025 (a meeting on tea), co-located with Conference on Cups (CUPS)": "TEA'25 Oral",
    "Accepted as demo submission to ICTT 2025": "ICTT'25 Demo",
    "Accepted by Kettles in Construction journal": "Kettles in Construction",
    "Accepted in Journal of the University of Teapots": "Journal of the University of Teapots",
    "Accepted at the First Interdisciplinary Workshop on Kettles, 2025": "Kettles'25",
    "Presented at the Workshop of Kettle Science, 2025": "Kettle Science'25",
    "Accepted to the Kettles, Cups and Saucers Workshop at ICML 2025": "ICML'25 Workshop Kettles, Cups and Saucers",
    "Accepted at KETTLE 2025 (part of ICML 2025)": "ICML'25 Workshop KETTLE",
    "Accepted at KETTLE 2025 (ICML)": "ICML'25 Workshop KETTLE",
    "Accepted at the SemEval Workshop, ACL 2025": "SemEval'25",
    "Accepted to CVPRF2025": "CVPR'25 Findings",
    "Accepted to CVPRw 2025": "CVPR'25 Workshop",
    "Published in Journal of Machine Learning Research 17(66):1-53, 2016": "JMLR'16",
    "International Conference on Machine Learning Tools and Cups (ICMTC 2025)": "ICMTC'25",
    "The AI Act and the kettle. Accepted at the Kettle Symposium on the AI Act, TEA 2024": "TEA'24",
    "To appear in CogSci Proceedings 2025": "CogSci'25",
    "8 pages, 2 figures, Workshop on Kettles, ICML 2025": "ICML'25 Workshop Kettles",
    "Accepted at LREC 2024 / 2nd Workshop on Kettles": "LREC'24 Workshop Kettles",
    "EMNLP 2025: Conference on Empirical Methods in Natural Language Processing": "EMNLP'25",
    "LAK25: 15th International Learning Analytics and Knowledge Conference": "LAK'25",
    "SIGIR '25: Proceedings of the SIGIR Conference": "SIGIR'25",
    "ICTT 2025: International Conference on Talking Teapots": "ICTT'25",
    "ICTT 2025 (Oral)": "ICTT'25 Oral",
    "British Journal of Kettle Studies, 2025": "British Journal of Kettle Studies'25",
    "Proc. of the 42nd International Conference on Machine Learning, Kyoto. PMLR 300, 2025": "ICML'25",
    "Artificial Intelligence for Kettles (AI4K) Workshop @ AAAI 2025": "AAAI'25 Workshop AI4K",
    "5th International Conference on Multimedia Kettle Processing and Retrieval (MKPR 2025)": "MKPR'25",
    "To appear in the Proceedings of the IEEE VR 2025": "IEEE VR'25",
    "Proceedings of the IEEE, 2025": "Proceedings of the IEEE'25",
    "Accepted at EC-TEL 2025": "EC-TEL'25",
    "Accepted at the AAAI 2025 Spring Symposium on Kettles": "AAAI'25 Spring Symposium",
    "Accepted by ICASSP 2025. Demo: https://example.org": "ICASSP'25",
    "ICRA 2025, demo video available": "ICRA'25",
    "Accepted to ACL 2025. Oral history corpus": "ACL'25",
    "UMAP'25 Late-Breaking Results": "UMAP'25 Late-Breaking Results",
    "Presented at ICTT 2025; to appear in the ACL Anthology": "ICTT'25",
    "Workshop on Kettles: From Fire to Ice! (KETTLE), ICML 2025": "ICML'25 Workshop KETTLE",
    "Revised after acceptance at CVPR 2025": "CVPR'25",
    "Camera-ready version accepted at ECCV 2024": "ECCV'24",
    "ICML 2025, poster; we aim to release code": "ICML'25",
}

UNNAMED = [
    "To be submitted to KETTLE.org for publication in the Proceedings of TEAPOT 2025",
    "Submitted for publication in the Proceedings of ICML 2025",
    "Submitted to the proceedings of TEAPOT 2025",
    "Currently under review for publication in IEEE TGRS",
    "Submitted for publication at the IEEE Transactions on Teapots 2024",
    "Submitted to appear in ICRA 2025",
    "alredy submiss to ICRA 2025",
    "9-page NeurIPS 2025 preprint",
    "Chapter accepted for publication by Springer Nature",
    "Accepted: 30 June 2025",
    "Accepted at the 3rd World Conference on eXplainable kettles",
    "To appear in Nucl. Phys. B",
    "(ICTT 2025) teapot",
    "Submitted to Interspeech 2025",
    "8 pages, under review at IROS 2025",
    "Under review as a conference paper at ICLR 2025",
    "In submission to ICCV 2025",
    "CVPR 2025 submission",
    "NeurIPS 2024, under review",
    "to be submitted to COLING 2025",
    "Preprint. Under review. ICML 2025",
    "Rejected by NeurIPS 2024",
    "Withdrawn from ICLR 2025",
    "ICLR 2025 desk-rejected",
    "We use the ICML 2024 template",
    "12 pages, NeurIPS style",
    "AAAI format, 9 pages",
    "Formatted for ICRA 2025",
    "CVPR 2024 latex template",
    "code of NeurIPS template",
    "Extended version of our ICML 2023 paper",
    "extended version of the paper accepted at KDD 2024",
    "Journal extension of FooNet (CVPR 2024)",
    "Builds on our NeurIPS 2022 paper",
    "A preliminary version appeared at ECCV 2022",
    "Code and data will be released upon acceptance",
    "Reproducibility study of BarGAN (ICLR 2023). Submitted to TMLR",
    "ARR February 2025, committed to ACL 2025",
    "ACL ARR 2025 February",
    "Computer Vision and Pattern Recognition",
    "PhD thesis, University of Foo, 2024",
    "Technical report",
    "1st place solution to the CVPR 2025 Foo Challenge",
    "12 pages, 3 figures, accepted",
    "Accepted for publication",
    "accepted by IEEE",
    "Published by Springer",
    "If accepted, will be published in AAAI 2026",
    "Not yet accepted at ICML 2025",
    "Target: NeurIPS 2026",
    "Date: March 2025. 10 pages",
    "EC council report, 2024",
    "IV contrast, 12 pages",
    "The RSS feed of news",
    "NeurIPS-style checklist included",
    "Information extraction survey",
    "Supplementary material for our ICML 2023 paper",
    "Poster at a local student day",
    "Our ICLR 2024 code is reused",
    "Submitted to the Scandinavian Conference on Tea 2025",
    "the see 2025 report",
    "Technical report, ACL 2024",
    "A talk at a conference in Kyoto 2025",
    "Planned submission to ACL 2026",
    "This work was intended for EMNLP 2025",
    "Under submission at TPAMI",
    "Manuscript under revision at IEEE TIP",
    "Major revision at TMLR",
    "Pouring Competition @ KDD 2024",
    "This survey of small kettles draws on ideas from the ICML and education communities",
    "Nature",
    "This paper has been withdrawn. ICML 2024",
    "Presented at the University of Teapots",
    "ICTT 2025, under review",
    "Code will be released upon acceptance at CVPR 2025",
    "Data to be released after acceptance (NeurIPS 2025)",
    "Awaiting acceptance at COLM 2025",
    "Waiting for the decision of COLM 2025",
    "We hope to present this at ICLR 2026",
    "Shared for double-blind review at ACL 2025",
    "Revised after ICLR 2025 reviews",
    "R&R at TACL",
    "Shortlisted for EMNLP 2025",
    "Compiled with neurips_2025.sty",
    "We thank the reviewers of ICLR 2025",
    "Invited talk at ICML 2025",
    "Evaluated on ACL 2025 papers",
    "Survey of papers at EMNLP 2020-2025",
    "PhD thesis. Parts published at ICLR 2024 and NeurIPS 2024",
    "Master's thesis; Chapter 4 is accepted to ACL 2025",
    "Accepted in a computer science workshop",
    "to appear in the ACL anthology",
    "ICTT 2025 Challenge paper",
    "Technical report. ICTT 2025",
    "ICTT13",
    "ICTT 2031",
    "MSC 2020",
    "Data on Zenodo (published, CC-BY-4.0)",
    "Published in: Kettle, K., Teapot, T. (2022). Talking Teapots",
    "Accepted for publication in Lecture Notes in Teapots (2025)",
    "International Conference on Machine Learning Tools and Cups",
]

PRINTED = {
    "Proceedings of the 42nd International Conference on Machine Learning, PMLR 1, 2025": "ICML'25",
    "In Proc. of TEAPOT 2025, pp. 309-326. ACL": "TEAPOT'25",
    "CVPR, Springfield, 2024, pp. 1990-1999": "CVPR'24",
    "IEEE Trans. Inf. Theory, vol. 55, no. 3, pp. 1218--1234, March 2023": "TIT'23",
    "IEEE Robotics and Automation Letters, vol. 11, no. 1, pp. 169-176, 2026": "RA-L'26",
    "Proceedings of the ICML 2024 Workshop on Kettles (KETTLE)": "ICML'24 Workshop KETTLE",
    "Findings of the Association for Computational Linguistics: ACL 2024, pages 1-9": "ACL'24 Findings",
    "Phys. Rev. B 76, 094421 (2023)": "Phys. Rev. B'23",
    "Journal of Teapot Studies 12.2 (2024): 186-196": "Journal of Teapot Studies'24",
    "Nature 446, 664 (2024)": "Nature'24",
    "Kettles 15, 041103 (2005)": "Kettles'05",
    "Adv. Neural Inf. Process. Syst. 38 (2025)": "NeurIPS'25",
    "International Journal of Artificial Intelligence in Education, 2025": "IJAIED'25",
    "Applied Pattern Recognition 4, 2024": "Applied Pattern Recognition'24",
    "Journal of Teapot Theory, Series A 115 (2008) 777-798": "Journal of Teapot Theory, Series A'08",
}


@pytest.mark.parametrize(("comment", "label"), NAMED.items())
def test_the_venue_in_a_comment_is_detected(comment: str, label: str) -> None:
    found = detect_venue(comment, None, TABLE, 2025)
    assert found is not None
    assert found.label == label


@pytest.mark.parametrize("comment", UNNAMED)
def test_a_comment_without_acceptance_has_no_venue(comment: str) -> None:
    assert detect_venue(comment, None, TABLE, 2025) is None


@pytest.mark.parametrize(("reference", "label"), PRINTED.items())
def test_the_venue_in_a_journal_reference_has_its_year(reference: str, label: str) -> None:
    found = detect_venue(None, reference, TABLE, 2024)
    assert found is not None
    assert (found.label, found.source) == (label, "journal_ref")


@pytest.mark.parametrize("reference", ["", "LNCS, volume 16045, 2025, p.124-138", "Applied Kettle Science, to appear"])
def test_a_reference_without_name_or_year_has_no_venue(reference: str) -> None:
    assert detect_venue(None, reference, TABLE, 2025) is None


@pytest.mark.parametrize(
    ("comment", "reference", "label", "source"),
    [
        ("Accepted at ICML 2025 (Oral)", "Proc. of ICML 2025", "ICML'25 Oral", "journal_ref"),
        ("Accepted at ICML 2024", "JMLR 25 (2025)", "JMLR'25", "journal_ref"),
        ("Accepted at TPAMI", "Trans. Pattern Anal. Mach. Intell. 47 (2025)", "TPAMI'25", "journal_ref"),
        (
            "Published in Journal of Teapot Studies",
            "J. Teap. Stud. (2025) 1-38",
            "Journal of Teapot Studies'25",
            "comment",
        ),
        ("Accepted at ICML", "ICML", "ICML", "comment"),
        ("10 pages", "EMNLP 2025", "EMNLP'25", "journal_ref"),
    ],
)
def test_a_reference_takes_precedence_and_the_comment_completes_it(
    comment: str, reference: str, label: str, source: str
) -> None:
    found = detect_venue(comment, reference, TABLE, 2025)
    assert found is not None
    assert (found.label, found.source) == (label, source)


def test_the_evidence_is_kept_with_a_confidence() -> None:
    sure = detect_venue("12 pages. Accepted at ICML 2025; code soon", None, TABLE, 2025)
    stated = detect_venue("ICML 2025", None, TABLE, 2025)
    foreign = detect_venue("Accepted at TEAPOT 2025", None, TABLE, 2025)
    undated = detect_venue("Accepted at TEAPOT", None, TABLE, 2025)
    assert sure and stated and foreign and undated
    assert (sure.evidence, sure.name, sure.year, sure.track) == ("Accepted at ICML 2025", "ICML", 2025, None)
    assert (sure.in_table, foreign.in_table, undated.year) == (True, False, None)
    assert 1 > sure.confidence > stated.confidence > foreign.confidence > undated.confidence > 0


def test_long_evidence_is_cut_around_the_name() -> None:
    comment = "with " * 60 + "kettles, accepted at ICML 2025, and with " + "more " * 60
    found = detect_venue(comment, None, TABLE, 2025)
    assert found is not None
    assert "ICML 2025" in found.evidence
    assert found.evidence.startswith("…") and found.evidence.endswith("…")
    assert len(found.evidence) <= EVIDENCE_LIMIT


@pytest.mark.parametrize(
    ("comment", "published", "year"),
    [
        ("Accepted at MICRO-58", 2025, None),
        ("SDM24", 2024, 2024),
        ("Accepted at the 39th NeurIPS", 2025, None),
        ("Accepted at ICML, 26 pages", 2025, None),
        ("Accepted at ICML 2031", 2025, None),
        ("Accepted at ICML 2031", None, 2031),
        ("Accepted at ICML, arXiv:2405.01503", 2025, None),
        ("Accepted at ICML'98", 2025, 1998),
        ("Accepted in TPAMI, pp. 2020-2031", 2025, None),
        ("Accepted at ICML 25", 2025, 2025),
        ("Accepted at TEAPOT-2024", 2025, 2024),
        ("Accepted at the Conference on Tea and Pots (TEAPOT2024)", 2025, 2024),
        ("Accepted at the Conference on Tea and Pots (TEAPOT 31)", 2025, None),
        ("TEAPOT 2031 accepted", 2025, None),
    ],
)
def test_the_year_is_the_number_next_to_the_name(comment: str, published: int | None, year: int | None) -> None:
    found = detect_venue(comment, None, TABLE, published)
    assert (found.year if found else None) == year


def test_without_comment_there_is_no_venue() -> None:
    assert detect_venue(None, None, TABLE, None) is None
    assert detect_venue(" ", "", TABLE, 2025) is None


def test_text_after_the_limit_is_not_read() -> None:
    assert detect_venue("x " * (COMMENT_LIMIT // 2) + "; accepted at ICML 2025", None, TABLE, 2025) is None


def test_a_later_row_replaces_one_with_the_same_name() -> None:
    old = VenueRow("TEA", VenueKind.CONFERENCE, ("TEA",))
    new = VenueRow("TEA", VenueKind.JOURNAL, ("TEAJ",), ("Journal of Kettle and Teapot",))
    table = VenueTable((old, new))
    assert [mention.row for mention in table.find("TEA, TEAJ and the journal of kettles, teapots")] == [new, new]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("SIGGRAPH Asia", ["SIGGRAPH Asia"]),
        ("LREC-COLING and LREC", ["LREC-COLING", "LREC"]),
        ("Transactions of the Association for Computational Linguistics (TACL)", ["TACL", "TACL"]),
        ("MICCAIX ICMLA DGM4MICCAI AAAI_x", ["ICMLA"]),
        ("CVPRW, 3DV, FAT*, L@S, ESEC/FSE", ["CVPR", "3DV", "FAccT", "L@S", "FSE"]),
    ],
)
def test_the_longest_name_is_found(text: str, names: list[str]) -> None:
    assert [mention.row.name for mention in TABLE.find(text)] == names


HOSTILE = [
    "ACL " * 1_000, "accepted at " * 400, "accepted at ICML 2025 " + "(" * 3_900, "Accepted at " + "A" * 3_900,
    "ICML 2025 workshop on " + "-" * 3_900, "if " * 1_300, "Workshop on " + "Xy " * 1_200 + "@ ICML 2025",
    "Accepted " + "a-" * 40 + "! Nature", "\n \n" * 1_300, "Phys." * 800, "EIML@" * 800 + "ICML 2025", "AB" * 2_000,
    "Conference on Tea (A" + "-" * 3_900, "Accepted at Tea Symposium" + " Juneabc" * 30 + "!",
    "ICML 2025 workshop on" + " -20" * 60 + "x", "Accepted at " + "Of the, A and " * 200 + " workshop at ACL 2025",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    start = time.process_time()
    detect_venue(text, text, TABLE, 2025)
    assert time.process_time() - start < 2


PIECES = st.sampled_from(
    ["ICML", "ACL", "Nature", "2025", "'25", "accepted", "at", "in", "Workshop", "on", "(", ")", ",", ".", ";", "@",
     "submitted to", "Oral", "Proceedings of", "Journal of", "Teapots", "W", "-", "Challenge", "Track", "pages", "12"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14), st.lists(PIECES, max_size=6))
def test_any_words_give_a_complete_result_or_none(comment: list[str], reference: list[str]) -> None:
    found = detect_venue(" ".join(comment), " ".join(reference), TABLE, 2025)
    if found is not None:
        assert found.name
        assert found.label.startswith(found.name)
        assert found.evidence
        assert 0 < found.confidence < 1


@given(st.text(max_size=200))
def test_any_text_gives_a_named_venue_or_none(text: str) -> None:
    venue = detect_venue(text, text, TABLE, None)
    assert venue is None or venue.name.strip()


@pytest.mark.skipif(not SHARED.exists(), reason="the labelled comments are not part of the project")
def test_labelled_comments_have_their_labels() -> None:
    bench = runpy.run_path(str(BENCH))
    labelled = bench["rows"]()
    scores = bench["score"](labelled, bench["found_in"](labelled, TABLE))
    assert scores["precision"] >= 0.97
    assert scores["recall"] >= 0.92
    assert scores["track"] >= 0.90
    assert scores["false"] == 0


@pytest.mark.skipif(not SHARED.exists(), reason="the labelled comments are not part of the project")
def test_hard_comments_that_are_pending_or_rejected_have_no_venue() -> None:
    rows = map(json.loads, (SHARED / "comments_labelled.jsonl").read_text(encoding="utf-8").splitlines())
    comments = [row["comment"] for row in rows if row["status"] in ("submitted", "rejected", "none")]
    assert comments
    assert [comment for comment in comments if detect_venue(comment, None, TABLE, 2026)] == []


@pytest.mark.parametrize("text", ["R&R at MISQ", "ACCEPTED AT ACL", "Camera-Ready", "To Appear in TACL"])
def test_a_marker_is_found_in_any_letter_case_at_its_place(text: str) -> None:
    [marker] = find_markers(f"İ, {text}")
    [lower] = find_markers(f"İ, {text.lower()}")
    assert marker == lower


@pytest.mark.parametrize(
    "words", ["D&B", "E&D Track", "SRW", "ADS Track", "LBD", "LBR", "LBW", "PhD Symposium", "ORAL"]
)
def test_a_track_is_found_in_any_letter_case(words: str) -> None:
    assert names_track(words)
    assert names_track(words.lower())
