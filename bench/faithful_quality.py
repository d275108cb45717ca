"""Prints how many faithful and how many wrong summaries of real abstracts are flagged (services.md 5.6).

The summaries are written by hand for this measurement, as a model would write them; the papers are in
``../shared``, where that folder is there. A wrong one is a faithful one with a digit of a number changed.
"""

# ruff: noqa: E501 (Japanese text is as wide as it is; it counts double)

import gzip
import json
import re
import sys
import time
from pathlib import Path

from notebot.features.summaries.rules.extract import sentences
from notebot.features.summaries.rules.faithfulness import find_doubts

META = Path(__file__).resolve().parents[2] / "shared" / "data" / "arxiv" / "meta.jsonl.gz"
NUMBER = re.compile(r"(?<![A-Za-z0-9.,@-])\d[\d,]*(?:\.\d+)?")

SUMMARIES = {
    "2505.01485": "自然言語の問題文からGurobiの線形計画コードを生成するRAGの枠組みCHORUSを提案。階層的なチャンク分割と2段階の検索、"
    "リランキングを組み合わせ、NL4Opt-CodeでLlama3.3 (70B)やQwen2.5-coder (32B)などの性能を高め、GPT3.5やGPT4に並ぶか上回る。",
    "2505.07920": "査読と反論のデータセットRe^2を構築。OpenReviewの24の会議と21のワークショップから、初回投稿19,926本、"
    "査読コメント7万668件、反論53,818件を集めた。既存データの3つの限界に対処し、反論を複数ターンの対話として扱う。",
    "2505.14104": "類似する判例群から一般化できる法規則を導くタスクLRIを定式化し、初のベンチマークを公開。学習用の5,121セット"
    "(計38,088件の中国の判例)と、専門家が注釈した216のテストセットからなる。LLMは過度の一般化とハルシネーションに苦しむ。",
    "2505.20505": "Ansibleの自動化を測る126タスクのベンチマークITABを提案。14のオープンソースLLMを評価し、pass@10が12%を超えるものは"
    "なかった。1,411件の失敗を分析し、状態の整合に関する推論 (44.87%) とモジュール固有の知識の不足 (24.37%) に分けた。",
    "2506.05651": "LLMを構造的な事前知識として使い、シーングラフの候補生成と視覚モデルの学習をEMのように交互に行う手法を提案。"
    "Visual Genomeで21の未知の述語を含むベンチマークを作り、mR@50は15.9、13.1、11.7となった。",
    "2506.15118": "電子カルテによる疾患予測のための知識蒸留CKD-EHRを提案。Qwen2.5-7Bを教師、軽量なBERTを生徒とし、"
    "MIMIC-IIIで診断精度が9%、F1が27%向上し、推論は22.2倍速くなった。",
    "2506.22403": "約6兆トークンの韓国語と英語で事前学習した推論モデルHyperCLOVA X THINKの技術報告。3段階のカリキュラムで"
    "文脈長を128Kトークンまで広げ、RLVRで事後学習した。視覚版はKCSATのSTEM問題でGPT-4.1に並ぶか上回る。",
    "2508.04389": "GUIの視覚的グラウンディングに強化学習を用いるGuirlVGを提案。5,200件の学習データだけで、1000万件超を使うSFTを上回り、"
    "ScreenSpotで7.7%、ScreenSpotProで17.2%改善し、ScreenSpotV2では91.9%の精度を達成した。",
    "2508.11281": "5万3622件のフランス語コメントからなる有害性検出のベンチマークTOXIFRENCHを構築。人手の付与は10%に抑えた。"
    "動的に重み付けした損失によるCoTの微調整で、40億パラメータのモデルのF1が13%向上し、Gemini-2.5などを上回った。",
    "2508.15846": "港湾の台風対策に特化した初のマルチモーダルベンチマークCyPortQAを提案。2015年から2023年までの2,917のシナリオ、"
    "米国の145の主要港と90の嵐を扱い、11万7178組の質問と回答を含む。MLLMは推論の課題でなお苦戦する。",
    "2509.00649": "多視点の3D人体姿勢推定のための状態空間モデルMV-SSMを提案。PSSブロックとGTBSを導入し、CMU Panopticの3カメラ設定で"
    "AP25が+10.8 (+24%)、カメラ配置の変化で+7.0 (+13%)、Campus A1で+15.3 PCP (+38%) の改善を示した。",
    "2509.05273": "7種類の深層強化学習アルゴリズムの消費エネルギーを、10のAtari 2600ゲームで各100万ステップ学習させて比較した。"
    "ARSはDQNより最大24%少ないエネルギーで済み、QR-DQNはRecurrentPPOより費用が約68%低い。",
    "2509.13569": "DSTC12のトラック1の概要。2つのサブタスクからなり、10の対話の側面を評価するタスク1ではLlama-3-8Bの"
    "ベースラインが最高の相関 (0.1681) を得た。タスク2では多言語の部分でROC-AUC 0.9648、文化の部分で0.5126だった。",
    "2509.20656": "運動想起の脳波解読、ARによるフィードバック、ロボットの把持を統合した閉ループのBCIシステムを提案。14チャネルのEEGで"
    "93.1%の精度、14.8 bit/minの転送率を得て、ARで21.3 bit/minに達し、把持の成功率は97.2%だった。",
    "2509.25146": "イベントカメラのデータの表現Fast Feature Field (F^3) を提案。HDで120 Hz、VGAで440 Hzで計算でき、"
    "オプティカルフローや深度推定で最高水準を達成。3種のロボットのデータで検証し、HDで25から75 Hzで予測できる。",
    "2510.02884": "3Dガウススプラッティングによる地図共有システムGS-Shareを提案。PSNR、LPIPS、Depth L1をそれぞれ11%、22%、74%改善し、"
    "地図の送信量を36%削減した。",
    "2510.11576": "ハイパースペクトル画像による穀物の分類で3つの基盤モデルを比較。全体精度はHyperSigmaが34.5%、DOFAが62.6%、"
    "SpectralEarthが93.5% (±0.8%) で、ゼロから学習した小型版も91%に達した。",
    "2510.22946": "公開済みの生成モデルと理解モデルを融合するLightFusionを提案。約350億トークンの学習だけで、GenEvalで0.91、"
    "DPG-Benchで82.16、GEditBenchで6.06、ImgEdit-Benchで3.77を得た。",
    "2511.14179": "ゲーム理論に基づく骨格行動認識の自己教師あり学習DoGCLRを提案。NTU RGB+D 60で81.1%と89.4%、NTU RGB+D 120で"
    "71.2%と75.5%の精度を達成し、PKU-MMDのPart IIでは1.9%上回った。",
    "2512.09847": "つまずきの検出をオンラインのタスクとして捉え直し、予測へ拡張した。フレームごとのmAPは70〜80%で、最大2秒先の予測も"
    "同程度。特徴量に基づくモデルは143 FPS、全体では約20 FPSで動作する。",
}


def sources() -> dict[str, tuple[str, str]]:
    """Title and abstract of each paper, by id."""
    with gzip.open(META, "rt", encoding="utf-8") as file:
        rows = (json.loads(line) for line in file)
        return {row["id"]: (row["title"], row["abstract"]) for row in rows if row["id"] in SUMMARIES}


def wrong_ones(summary: str) -> list[str]:
    """The summary once for each of its numbers, with the last digit of that number changed by three."""
    return [
        f"{summary[: match.end() - 1]}{(int(match[0][-1]) + 3) % 10}{summary[match.end() :]}"
        for match in NUMBER.finditer(summary)
        if match[0][-1].isdigit()
    ]


def main() -> None:
    """The counts, and every summary that is not judged as it should be."""
    if not META.exists():
        sys.exit(f"{META} is not there; nothing is measured.")
    papers = sources()
    cases = [(paper, f"{papers[paper][0]}\n{papers[paper][1]}", text) for paper, text in SUMMARIES.items()]
    started = time.perf_counter()
    faithful = [(paper, find_doubts(text, source)) for paper, source, text in cases]
    spent_ms = (time.perf_counter() - started) * 1_000 / len(cases)
    quoted = [
        (paper, doubts)
        for paper, source, _ in cases
        if (doubts := find_doubts(" ".join(sentences(papers[paper][1])[:3]), source))
    ]
    longest = [
        (paper, source, max(wrong_ones(text), key=lambda one, text=text: _digits(text, one)))
        for paper, source, text in cases
    ]
    missed = [(paper, wrong) for paper, source, wrong in longest if not find_doubts(wrong, source)]
    every = [(paper, source, wrong) for paper, source, text in cases for wrong in wrong_ones(text)]
    slipped = [(paper, wrong) for paper, source, wrong in every if not find_doubts(wrong, source)]
    flagged = [one for one in faithful if one[1]]
    print(f"sentences of the abstract itself flagged: {len(quoted)} of {len(cases)} {quoted}")
    print(f"faithful summaries flagged: {len(flagged)} of {len(cases)} {flagged}")
    print(f"one wrong number flagged: {len(cases) - len(missed)} of {len(cases)} {missed}")
    print(f"every number made wrong in turn, flagged: {len(every) - len(slipped)} of {len(every)} {slipped}")
    print(f"{spent_ms:.1f} ms a summary")


def _digits(before: str, after: str) -> int:
    """How many digits the changed number has, up to the changed one."""
    place = next(place for place, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1])
    return len(before[: place + 1]) - len(before[: place + 1].rstrip("0123456789.,"))


if __name__ == "__main__":
    main()
