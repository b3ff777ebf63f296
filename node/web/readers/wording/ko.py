"""Korean."""

from __future__ import annotations

from typing import Final

from node.web.readers.wording.network import ko as network
from node.web.readers.wording.table import Counted, Notice, Wording

KOREAN: Final = Wording(
    code="ko",
    weekdays=("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
    months=("1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월"),
    date="{year}년 {month} {day}일 {weekday} {time} UTC",
    skip="본문으로 건너뛰기",
    front_page="첫 화면",
    own_server="이 페이지는 노동조합이 직접 운영하는 서버에서 제공됩니다. 외부에서 아무것도 불러오지 않고, 쿠키를 "
    "쓰지 않으며, 스크립트를 실행하지 않습니다.",
    campaign="캠페인",
    campaigns="캠페인",
    hashtag="해시태그",
    own_page="노동조합이 직접 운영하는 페이지입니다. 우리의 캠페인을 우리 목소리로 전합니다.",
    newest_updates="최근 소식",
    updates="소식",
    older_updates="이전 소식",
    newest="최신 소식",
    nothing_older="이전 소식이 없습니다.",
    nothing_yet="아직 올라온 소식이 없습니다.",
    nothing_yet_follow="아직 올라온 소식이 없습니다. 캠페인을 팔로우하면 첫 소식부터 받아볼 수 있습니다.",
    nothing_tagged="이 해시태그가 달린 소식이 없습니다.",
    more_updates="다른 소식",
    updates_counted=Counted("소식 1건", "소식 {n}건"),
    newest_update="최신",
    update_from="소식을 전하는 곳",
    updates_from="소식을 전하는 곳",
    tagged="해시태그가 달린 소식",
    edited="수정됨",
    edited_at="수정",
    warning="주의:",
    read_on="계속 읽기",
    previous="이전 소식",
    next="다음 소식",
    all_updates="모든 소식",
    pinned="고정됨",
    boosted_by="전한 곳",
    changed_since="그 뒤에 작성자가 내용을 바꾸었습니다.",
    likes=Counted("좋아요 1개", "좋아요 {n}개"),
    boosts=Counted("부스트 1회", "부스트 {n}회"),
    comments=Counted("댓글 1개", "댓글 {n}개"),
    comments_older="이전 댓글",
    comments_newer="최근 댓글",
    comments_page="다른 댓글",
    comments_part="{pages}쪽 중 {page}쪽, 최근 댓글부터.",
    original_on="원문",
    in_answer_to="다음 댓글에 답함",
    reply="답글과 공유",
    reply_how="마스토돈이나 다른 연합우주 앱의 검색창에 이 링크를 넣으면 답글을 쓰고, 좋아요와 부스트를 할 수 "
    "있습니다. 답글은 노동조합이 확인한 뒤 여기에 실립니다.",
    link="링크",
    follow_union="노동조합 팔로우하기",
    follow_campaign="이 캠페인 팔로우하기",
    follow_how="이 주소를 복사해 마스토돈이나 다른 연합우주 앱의 검색창에 넣고 팔로우를 누르세요.",
    follow_carries="새 소식이 올라오는 대로 받아볼 수 있습니다.",
    follow_union_carries="노동조합 이름으로 내는 소식을 전합니다. 캠페인마다 따로 주소가 있습니다.",
    follow_without="계정이 없다면",
    feed_for_readers="피드 리더용",
    genuine="정말 우리가 맞나요?",
    genuine_how="이 여덟 단어는 우리의 열쇠를 나타냅니다. 우리 포스터와 비교하거나 전화로 물어보세요. 하나라도 "
    "다르면 다른 누군가의 페이지를 보고 있는 것입니다.",
    genuine_digits="숫자로 쓰면",
    network=network.KOREAN,
    ways_on="다른 길",
    to_front_page="첫 화면으로 가기",
    notices={
        "retracted": Notice(
            "철회된 소식입니다",
            "작성자가 여기에 올렸다가 나중에 거두어들였습니다. 이 소식을 받은 서버에도 삭제를 요청했습니다.",
            "다른 사람이 만든 사본이 남아 있을 수 있지만, 작성자는 더 이상 그 내용을 지지하지 않습니다.",
        ),
        "wrong": Notice(
            "요청에 답할 수 없습니다",
            "요청에 잘못된 점이 있습니다.",
            "뒤로 돌아가 다시 시도하거나 첫 화면에서 시작하세요.",
        ),
        "ours": Notice(
            "우리 쪽에 문제가 생겼습니다",
            "여러분의 잘못이 아니며, 잃어버린 것도 없습니다.",
            "몇 분 뒤에 다시 시도해 주세요.",
        ),
        "elsewhere": Notice(
            "이 페이지는 보여 드릴 수 없습니다",
            "신원을 증명할 수 있는 사람에게만 열려 있습니다.",
            "노동조합이 모두에게 알리는 소식은 첫 화면에 있습니다.",
        ),
        "missing": Notice(
            "없는 페이지입니다",
            "주소가 틀렸거나 잘렸을 수 있고, 처음부터 없던 것을 가리킬 수도 있습니다.",
            "주소를 한 글자씩 확인하거나 캠페인 목록에서 찾아보세요.",
        ),
        "only_read": Notice(
            "여기서는 할 수 없습니다",
            "이 주소는 읽을 수만 있고, 아무것도 보낼 수 없습니다.",
            "링크로 페이지를 여세요.",
        ),
        "slow": Notice("너무 오래 걸렸습니다", "연결이 너무 느리거나 중간에 끊겼습니다.", "다시 시도해 주세요."),
        "large": Notice("너무 큽니다", "이 서버가 받을 수 있는 것보다 많이 보냈습니다.", "줄이거나 나누어 보내세요."),
        "many": Notice(
            "요청이 너무 많습니다",
            "서버가 답할 수 있는 것보다 많은 요청이 왔습니다. 같은 네트워크의 다른 사람 때문일 수 있습니다.",
            "1분 뒤에 다시 시도하세요.",
        ),
        "closed": Notice(
            "잠시 닫혀 있습니다", "지금은 서버가 기록을 읽거나 쓸 수 없습니다.", "몇 분 뒤에 다시 시도해 주세요."
        ),
    },
)  # fmt: skip
