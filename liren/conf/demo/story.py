"""The story of the demo, played over HTTP the way people would: a villager's matter, from the phone to a five-level rating."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Any

import httpx

from liren.base import clock
from liren.conf.demo.browser import Browser
from liren.conf.demo.offices import PASSWORD

MATTER = "temporary-assistance"
PICTURE = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300080606070605080707070909080a0c140d0c0b0b0c1912130f141d1a1f1e1d1a1c1c20242e2720222c231c1c28"
    "37292c30313434341f27393d38323c2e333432ffc0000b080001000101011100ffc4001f0000010501010101010100000000000000000102030405060708090a0bffc400b510"
    "0002010303020403050504040000017d01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a34353637"
    "38393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9ba"
    "c2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9faffda0008010100003f00fbd3ffd9"
)


@dataclass(frozen=True, slots=True)
class Villager:
    """Who applies."""

    name: str
    id_number: str
    phone: str
    community: str
    area: int


@dataclass(slots=True)
class Story:
    """The steps, played one after the other; ``steps`` keeps what was played and how long it took."""

    url: str
    villager: Villager
    clerk: str
    officer: str
    head: str
    say: Callable[[str], None]
    steps: list[dict[str, Any]] = field(default_factory=list)
    case: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)

    def play(self) -> bool:
        """Play everything; return whether it ran through, after telling what went wrong when it did not."""
        begun = time.monotonic()
        for name, step in (
            ("居民用手机号登录 the villager signs in by phone", self.sign_in),
            ("居民申请核对身份 asks to be linked", self.ask_for_link),
            ("窗口核对并确认 the clerk links the account", self.confirm_link),
            ("居民申请临时救助，表格已预填 applies with a pre-filled form", self.apply),
            ("窗口受理，开始计时 the clerk accepts: day 0", self.accept),
            ("民政办请补一份材料，停表 the office asks for one more paper: the clock stops", self.ask),
            ("居民补充，继续计时 the villager supplies it: the clock goes on", self.supply),
            ("民政办作出决定 the office decides", self.decide),
            ("送达结果，生成文书 the result is delivered with its PDF", self.finish),
            ("扫码核对文书真伪 the document proves genuine", self.prove),
            ("居民评价：不满意 the villager rates: dissatisfied", self.rate_badly),
            ("民政办重新办理并答复 the duty to answer: reopened", self.reopen),
            ("再次决定并办结 decided and finished again", self.finish_again),
            ("居民评价：满意 the villager rates: satisfied", self.rate_well),
            ("凭编号查办件 anybody with the receipt can follow", self.check),
        ):
            if not self.run(name, step):
                return False
        self.say(f"  全程 {time.monotonic() - begun:.1f} 秒 the whole story")
        return True

    def run(self, name: str, step: Callable[[], str]) -> bool:
        """Play one step and tell how it went."""
        begun = time.monotonic()
        try:
            told = step()
        except (AssertionError, httpx.HTTPError) as error:
            self.say(f"  ✗ {name}\n    {error}")
            self.steps.append({"name": name, "seconds": round(time.monotonic() - begun, 3), "error": str(error)[:500]})
            return False
        seconds = time.monotonic() - begun
        self.steps.append({"name": name, "seconds": round(seconds, 3)})
        self.say(f"  ✓ {name}  {seconds:.2f} s" + (f"\n      {told}" if told else ""))
        return True

    # people

    def resident(self) -> Browser:
        """Return the villager's browser."""
        return self._browser("resident")

    def staff(self, username: str) -> Browser:
        """Return a worker's browser, signed in."""
        browser = self._browser(username)
        if browser.page is None:
            browser.go("/desk/sign-in")
            browser.send(username=username, password=PASSWORD)
            assert browser.path.startswith("/desk/"), browser.text
        return browser

    def _browser(self, who: str) -> Browser:
        return self.browsers.setdefault(who, Browser(self.url))

    # steps

    def sign_in(self) -> str:
        """Sign in by phone; the code is in the demo's message tray."""
        browser = self.resident()
        browser.go("/sign-in")
        browser.send(phone=self.villager.phone)
        code = tray_code(browser.get("/demo/tray").decode(), self.villager.phone)
        browser.send(code=code)
        if browser.path == "/welcome":
            browser.send(name=self.villager.name[0] + "女士")
        return browser.go("/me")[:0]

    def ask_for_link(self) -> str:
        """Say who one is."""
        browser, who = self.resident(), self.villager
        browser.go("/me/link")
        browser.send(name=who.name, id_number=who.id_number, community=who.community, area=who.area, having="id_number")
        assert "正在核对" in browser.text, browser.text
        return ""

    def confirm_link(self) -> str:
        """Confirm who the account belongs to."""
        clerk = self.staff(self.clerk)
        clerk.go("/desk/links")
        clerk.send("confirm")
        text = self.resident().go("/me/link")
        assert "已经核对" in text, text
        return ""

    def apply(self) -> str:
        """Apply; what is known stands in the form already."""
        browser = self.resident()
        browser.go(f"/matters/{MATTER}")
        browser.send("begin")
        assert "我们已有" in browser.text, browser.text
        known = browser.text.count("我们已有")
        browser.send()
        browser.send(reason="illness", happened_on=days_ago(20), description="家里人住院做手术，自己负担的钱太多。")
        browser.send(burden_fen="36000", monthly_income_fen="2600", other_help="no")
        browser.send(account_number="6230520012345678", bank_name="江苏省农村商业银行")
        browser.send(files={"medical_files": ("出院小结.jpg", PICTURE, "image/jpeg")}, promise="yes")
        assert browser.path.endswith("/review"), browser.text
        browser.send()
        found = re.search(r"/cases/(\d+)", browser.path)
        assert found, browser.path
        self.case = found[1]
        return f"预填 {known} 项，编号 {self.number()}"

    def number(self) -> str:
        """Return the receipt number that the villager sees."""
        found = re.search(r"\d{12}-\d{6}-\d{4,}-[0-9X]", self.resident().go(f"/cases/{self.case}"))
        assert found, self.resident().text
        return found[0]

    def desk(self, username: str, verb: str, **values: Any) -> str:
        """Do one thing to the case at a desk."""
        browser = self.staff(username)
        browser.go(f"/desk/cases/{self.case}/{verb}")
        return browser.send(**values)

    def accept(self) -> str:
        """Accept at the window."""
        self.desk(self.clerk, "accept")
        return self.sentence()

    def ask(self) -> str:
        """Ask for one more paper."""
        self.desk(self.officer, "begin")
        self.desk(
            self.officer,
            "ask",
            question="请补一份医保报销结算单，我们好核对自己负担的金额。",
            materials="医保报销结算单",
        )
        text = self.resident().go(f"/cases/{self.case}")
        assert "医保报销结算单" in text, text
        return self.sentence()

    def supply(self) -> str:
        """Supply the paper from the phone."""
        browser = self.resident()
        browser.go(f"/cases/{self.case}")
        files = dict.fromkeys(browser.file_fields("supply")[:1], ("结算单.jpg", PICTURE, "image/jpeg"))
        browser.send("supply", files=files or None, answer="已经上传，请查收。")
        return self.sentence()

    def decide(self) -> str:
        """Decide in the township's office."""
        self.desk(self.officer, "decide", granted="yes", amount_fen="3000", reason="经核实，符合临时救助条件。")
        return self.sentence()

    def finish(self) -> str:
        """Deliver the result and wait for its document."""
        self.desk(self.officer, "finish")
        for _attempt in range(100):
            if self.has_document():
                pdf = self.resident().get(f"/cases/{self.case}/result")
                assert pdf.startswith(b"%PDF-"), pdf[:20]
                return f"结果文书 {len(pdf) / 1000:.0f} kB"
            time.sleep(0.2)
        raise AssertionError("the result's document was not made within 20 s")

    def has_document(self) -> bool:
        """Say whether the villager's page offers the document."""
        self.resident().go(f"/cases/{self.case}")
        return f"/cases/{self.case}/result" in self.resident().source

    def prove(self) -> str:
        """Open what the document's QR code leads to, as anybody."""
        self.resident().go(f"/cases/{self.case}")
        found = re.search(r"/check/document/[\w.\-]+", unescape(self.resident().source))
        assert found, "the page does not link to the genuineness check"
        text = Browser(self.url).go(found[0])
        assert "是真的" in text, text
        return ""

    def rate(self, level: int, words: str) -> str:
        """Rate on the phone."""
        browser = self.resident()
        browser.go(f"/cases/{self.case}/rate")
        return browser.send(level=level, comment=words)

    def rate_badly(self) -> str:
        """Say that one is not satisfied."""
        text = self.rate(2, "卡号登记错了，钱没有到账。")
        assert "答复" in text, text
        return "系统要求 5 个工作日内答复"

    def reopen(self) -> str:
        """Answer by handling the case once more."""
        self.desk(self.head, "reopen", reason="核对卡号后重新拨付，并电话告知您。")
        return self.sentence()

    def finish_again(self) -> str:
        """Decide and deliver a second time."""
        self.desk(self.officer, "decide", granted="yes", amount_fen="3000", reason="卡号已经更正，重新拨付。")
        self.desk(self.officer, "finish")
        return ""

    def rate_well(self) -> str:
        """Say that one is satisfied now."""
        text = self.rate(4, "钱收到了，谢谢。")
        assert "满意" in text, text
        return ""

    def check(self) -> str:
        """Follow the case by the number and the phone's last four digits, signed in nowhere."""
        browser = Browser(self.url)
        browser.go(f"/check/{self.number()}")
        text = browser.send(tail=self.villager.phone[-4:])
        assert "临时救助" in text, text
        assert self.villager.name not in text, text
        return ""

    def sentence(self) -> str:
        """Return the last line of the villager's time line."""
        self.resident().go(f"/cases/{self.case}")
        told = re.search(r'<ol class="lr-timeline">(.*?)</ol>', self.resident().source, re.S)
        lines = re.findall(r"<p>([^<]+)</p>", told[1]) if told else []
        return lines[-1].strip() if lines else ""


def tray_code(html: str, phone: str) -> str:
    """Return the newest code that the tray shows for a phone."""
    for block in re.findall(r'data-phone="([^"]+)"[^>]*>(.*?)</span>', html, re.S):
        if block[0].endswith(phone[-11:]):
            found = re.search(r"\b(\d{6})\b", block[1])
            if found and "http" not in block[1]:
                return found[1]
    raise AssertionError("no code in the tray")


def days_ago(days: int) -> str:
    """Return a day as a form sends it."""
    return (clock.today() - timedelta(days=days)).isoformat()
