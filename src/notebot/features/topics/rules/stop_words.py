"""Words that say nothing about what a paper is about; a learned query contains none of them, and no part of a URL."""

_WORDS = """
    com github http https huggingface io org url www
    about above achieve achieved achieves across address addressing after again against aim
    aims all allow allows almost along already also although always among an analyse analyses and another any
    approach approaches are arise around art as at available based be because become becomes been before
    being below better between beyond both but by can case cases challenge challenges challenging come common
    comprehensive consider considering consistent consistently consists contrast contribution contributions
    could current currently demonstrate demonstrated demonstrates demonstrating describe design designed
    despite develop developed did different do does doing done due during each easily effect effective
    effectively effectiveness either emerge emerged enable enables enabling enhance enhances enough
    especially et etc even evidence existing experiment experimental experiments explore explores extensive
    extensively few finally find finding findings first focus focuses follow following for found four
    framework from full fully fundamental further furthermore gain gains general get give given
    gives go good great had has have having hence here high higher highly how however if implies imply
    importance important importantly improve improved improvement improvements improves improving in include
    includes including increase increases increasing increasingly indeed inspired instead into introduce
    introduced introduces introducing investigate is issue issues it its itself key known lack large largely
    larger last lead leading leads least less let leverage leverages leveraging like likely limit limitation
    limitations limited limits little low lower made main mainly make makes making many may means meanwhile
    method methods might more moreover most much multiple must namely natural nature necessary need needed
    needs never nevertheless new next no nor not notably novel now number obtain obtained of often on once
    one ones only onto open or order other others our out outperform outperforming outperforms over overall
    own paper papers part particular particularly per perform performance performing performs perhaps
    possible potential present presented presents previous previously prior problem problems produce produces
    proper propose proposed proposes provide provided provides providing quite range rather real recent
    recently relative relies rely remain remains report require required requires requiring respectively
    result results reveal reveals same second see several shall she should show showing shown shows
    significant significantly similar simple simply since single small so solely some specific specifically
    state still strong studies study studying such suggest suggests superior systematic systematically take
    takes task tasks than that the their them themselves then there thereby therefore these they this those
    three through throughout thus to today together too toward towards two typically under understand
    understanding up upon us use used useful user using usually valuable various very via was way ways we
    well were what when where whereas whether which while who whose why wide widely will with within without
    work works would yet yield yields you your
"""
STOP_WORDS = frozenset(_WORDS.split())
