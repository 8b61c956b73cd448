"""Drawings of the two fictional products, the forged notice and the other pictures the posts argue about."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

from caseapp.demo.site.drawing import SANS, SANS_BOLD, SERIF, SERIF_BOLD, font, mark_fictional, paragraph, round_seal

GREEN, DEEP, CREAM, WHITE = (46, 125, 80), (27, 84, 52), (250, 245, 232), (255, 255, 255)
OAT, RED, INK = (214, 165, 92), (190, 32, 32), (40, 40, 40)


def package_front() -> Image.Image:
    """苜禾脆穗燕麦圈 120 克: green bag, white ear of wheat, trade mark and product name."""
    image = Image.new("RGB", (900, 1080), (236, 232, 224))
    draw = ImageDraw.Draw(image)
    draw.ellipse((170, 985, 740, 1045), fill=(214, 208, 198))
    image.paste(image.filter(ImageFilter.GaussianBlur(12)))
    image.paste(bag(620, 900), (140, 100), bag(620, 900))
    mark_fictional(image)
    return image


def bag(width: int, height: int) -> Image.Image:
    """The bag alone on transparent ground."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 20, width - 1, height - 1), 28, fill=GREEN)
    draw.rectangle((0, 20, width, 78), fill=DEEP)
    for x in range(8, width, 14):
        draw.line((x, 24, x, 74), fill=(255, 255, 255, 46), width=2)
    draw.rectangle((0, height - 66, width, height - 40), fill=DEEP)
    _ear(draw, width // 2, round(height * 0.34), round(height * 0.19))
    unit = width / 620
    draw.text((width / 2, 150 * unit), "苜 禾", font=font(SERIF_BOLD, round(78 * unit)), fill=WHITE, anchor="mm")
    draw.text((width / 2, 206 * unit), "MUHE", font=font(SANS, round(24 * unit)), fill=(214, 236, 222), anchor="mm")
    top = round(height * 0.58)
    draw.rounded_rectangle((36, top, width - 36, top + round(112 * unit)), 16, fill=CREAM)
    draw.text(
        (width / 2, top + 56 * unit), "脆穗燕麦圈", font=font(SANS_BOLD, round(78 * unit)), fill=DEEP, anchor="mm"
    )
    _rings(draw, width, round(height * 0.79), unit)
    draw.text((40, height - 104 * unit), "净含量 120 克", font=font(SANS, round(28 * unit)), fill=WHITE)
    return image


def _ear(draw: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    draw.line((x, y - size // 2, x, y + size), fill=WHITE, width=6)
    for row in range(6):
        at = y - size // 2 + row * size // 6
        grain = size // 7
        for side in (-1, 1):
            box = (x + side * 4, at - grain, x + side * (grain + 22), at + grain)
            draw.ellipse((min(box[0], box[2]), box[1], max(box[0], box[2]), box[3]), fill=WHITE)


def _rings(draw: ImageDraw.ImageDraw, width: int, y: int, unit: float) -> None:
    chance = random.Random(7)  # noqa: S311 - a drawing, the same every time
    radius = round(38 * unit)
    for _ in range(13):
        x, dy = chance.randint(radius + 20, width - radius - 20), chance.randint(-round(40 * unit), round(46 * unit))
        box = (x - radius, y + dy - radius, x + radius, y + dy + radius)
        draw.ellipse(box, outline=(176, 126, 60), width=round(24 * unit))
        draw.ellipse((box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2), outline=OAT, width=round(19 * unit))


def marketing() -> Image.Image:
    """The competitor's picture: our bag under a mosaic on the left, its own product on the right."""
    image = Image.new("RGB", (1200, 800), (255, 248, 230))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 599, 800), fill=(222, 222, 222))
    draw.rectangle((0, 0, 1200, 96), fill=(226, 96, 32))
    draw.text((600, 48), "给孩子选零食，你会选哪一边？", font=font(SANS_BOLD, 46), fill=WHITE, anchor="mm")
    left = bag(400, 580)
    image.paste(left, (100, 150), left)
    area = (100, 150, 500, 730)
    image.paste(
        image.crop(area).resize((20, 29), Image.Resampling.BOX).resize((400, 580), Image.Resampling.NEAREST), area[:2]
    )
    draw.rounded_rectangle((720, 160, 1100, 730), 26, fill=(240, 176, 48))
    draw.rectangle((720, 200, 1100, 232), fill=(196, 122, 20))
    draw.text((910, 320), "麦 岸", font=font(SERIF_BOLD, 92), fill=(110, 58, 8), anchor="mm")
    draw.text((910, 408), "MAIAN", font=font(SANS, 28), fill=(110, 58, 8), anchor="mm")
    draw.text((910, 500), "燕麦圈", font=font(SANS_BOLD, 74), fill=WHITE, anchor="mm")
    draw.ellipse((952, 548, 1128, 724), fill=(200, 36, 36))
    draw.text((1040, 616), "0石蜡", font=font(SANS_BOLD, 44), fill=WHITE, anchor="mm")
    draw.text((1040, 668), "0套路", font=font(SANS_BOLD, 40), fill=WHITE, anchor="mm")
    draw.text((20, 760), "本周拍一发三", font=font(SANS_BOLD, 30), fill=(120, 60, 20))
    mark_fictional(image)
    return image


def forged_notice() -> Image.Image:
    """The forged 通报 of 帖-04 and 帖-05, red seal a little awry, marked 虚构 all over."""
    image = Image.new("RGB", (1000, 1380), (252, 250, 246))
    draw = ImageDraw.Draw(image)
    draw.text((500, 120), "澜江市汀川区市场监督管理局文件", font=font(SERIF_BOLD, 54), fill=RED, anchor="mm")
    draw.text((500, 208), "汀市监通〔2026〕88号", font=font(SERIF, 32), fill=INK, anchor="mm")
    draw.line((90, 250, 910, 250), fill=RED, width=5)
    draw.text((500, 340), "关于澜江苜禾食品有限公司", font=font(SERIF_BOLD, 44), fill=INK, anchor="mm")
    draw.text((500, 406), "使用工业石蜡的通报", font=font(SERIF_BOLD, 44), fill=INK, anchor="mm")
    body = font(SERIF, 34)
    y = paragraph(draw, (110, 490), "各有关单位：", body, width=790, fill=INK)
    text = "　　经查，澜江苜禾食品有限公司在脆穗燕麦圈生产中使用工业石蜡。现责令停产停业三十日，罚款八十六万元。"
    y = paragraph(draw, (110, y + 10), text, body, width=790, fill=INK, leading=1.75)
    paragraph(draw, (110, y + 10), "　　特此通报。", body, width=790, fill=INK, leading=1.75)
    draw.text((890, 1010), "澜江市汀川区市场监督管理局", font=body, fill=INK, anchor="ra")
    draw.text((820, 1070), "2026年8月10日", font=body, fill=INK, anchor="ra")
    seal = round_seal("澜江市汀川区市场监督管理局", 300, tilt=13)
    image.paste(seal, (560, 890), seal)
    draw.rectangle((90, 1230, 910, 1300), outline=(150, 150, 150), width=2)
    draw.text(
        (500, 1265),
        "示例·虚构：本图为演示制作的假通报，机关不存在",
        font=font(SANS_BOLD, 30),
        fill=(110, 110, 110),
        anchor="mm",
    )
    mark_fictional(image)
    return image


def group_chat() -> Image.Image:
    """A screenshot of a chat group: names struck out, nothing verifiable."""
    image = Image.new("RGB", (840, 1180), (237, 237, 237))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 840, 96), fill=(246, 246, 246))
    draw.text((420, 50), "早餐食品交流群（213）", font=font(SANS_BOLD, 32), fill=INK, anchor="mm")
    lines = [
        ("听里面的人讲，燕麦圈出炉后还要过一道东西", 0),
        ("什么东西？", 1),
        ("工业石蜡，一批料掺三公斤，亮", 0),
        ("真的假的，有照片吗", 2),
        ("照片没有，反正别给孩子吃", 0),
    ]
    y = 150
    for text, who in lines:
        y = _bubble(draw, y, text, who)
    draw.text((420, y + 40), "—— 8月10日 晚上 9:31 ——", font=font(SANS, 24), fill=(150, 150, 150), anchor="mm")
    mark_fictional(image)
    return image


def _bubble(draw: ImageDraw.ImageDraw, y: int, text: str, who: int) -> int:
    colors = [(120, 160, 200), (200, 150, 120), (150, 180, 130)]
    draw.rounded_rectangle((30, y, 110, y + 80), 12, fill=colors[who])
    draw.rectangle((130, y + 2, 250, y + 26), fill=(170, 170, 170))
    face = font(SANS, 32)
    width = min(620, round(face.getlength(text)) + 48)
    bottom = paragraph(draw, (154, y + 58), text, face, width=572, fill=(237, 237, 237))
    draw.rounded_rectangle((130, y + 38, 130 + width, bottom + 10), 14, fill=WHITE)
    paragraph(draw, (154, y + 54), text, face, width=572, fill=INK)
    return bottom + 52


def order_card() -> Image.Image:
    """An order page of a shop: promised 48 hours, delivered on the 9th; personal data covered."""
    image = Image.new("RGB", (840, 900), (244, 245, 247))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((30, 30, 810, 190), 18, fill=(255, 255, 255))
    draw.text((66, 66), "已签收", font=font(SANS_BOLD, 44), fill=(40, 130, 80))
    draw.text((66, 130), "8月9日 16:42　快递柜已取出", font=font(SANS, 28), fill=(110, 110, 110))
    draw.rounded_rectangle((30, 220, 810, 560), 18, fill=WHITE)
    small = bag(150, 218)
    image.paste(small, (66, 260), small)
    draw.text((250, 270), "苜禾脆穗燕麦圈 120克", font=font(SANS_BOLD, 34), fill=INK)
    draw.text((250, 326), "数量 ×2　承诺 48 小时内发货", font=font(SANS, 28), fill=(120, 120, 120))
    draw.text((250, 430), "实付 ¥39.80", font=font(SANS_BOLD, 34), fill=(200, 70, 40))
    draw.rounded_rectangle((30, 590, 810, 860), 18, fill=WHITE)
    for number, (name, value) in enumerate(
        (("下单时间", "8月5日 20:13"), ("订单编号", "■■■■■■■■■■"), ("收货人", "■■■"))
    ):
        draw.text((66, 630 + number * 70), name, font=font(SANS, 30), fill=(130, 130, 130))
        draw.text((260, 630 + number * 70), value, font=font(SANS, 30), fill=INK)
    mark_fictional(image)
    return image


def mouldy_bag() -> Image.Image:
    """The consumer's photo: an open seal and a green corner."""
    image = Image.new("RGB", (960, 720), (206, 190, 168))
    turned = bag(420, 610).rotate(78, expand=True, resample=Image.Resampling.BICUBIC)
    image.paste(turned, (150, 130), turned)
    draw = ImageDraw.Draw(image, "RGBA")
    draw.polygon([(140, 180), (250, 150), (262, 560), (150, 600)], fill=(232, 224, 208, 255))
    chance = random.Random(11)  # noqa: S311 - a drawing, the same every time
    for _ in range(240):
        x, y, radius = chance.gauss(216, 40), chance.gauss(470, 46), chance.uniform(3, 13)
        shade = chance.randint(96, 150)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(70, shade, 70, 120))
    draw.ellipse((110, 360, 330, 580), outline=(220, 40, 40, 255), width=6)
    draw.text((40, 640), "封口是开的，里面长毛了", font=font(SANS_BOLD, 36), fill=(220, 40, 40, 255))
    mark_fictional(image)
    return image


def candle() -> Image.Image:
    """The reviewer's first picture: a candle beside a bowl, all suggestion and no test."""
    image = Image.new("RGB", (960, 720), (28, 24, 30))
    glow = Image.new("RGB", image.size, (28, 24, 30))
    ImageDraw.Draw(glow).ellipse((150, -60, 750, 520), fill=(150, 92, 30))
    image.paste(glow.filter(ImageFilter.GaussianBlur(110)))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((400, 280, 500, 620), 14, fill=(244, 238, 222))
    draw.line((450, 280, 450, 252), fill=(50, 40, 30), width=6)
    draw.ellipse((426, 150, 474, 262), fill=(255, 196, 60))
    draw.ellipse((437, 190, 463, 258), fill=(255, 240, 190))
    draw.pieslice((560, 420, 880, 700), 0, 180, fill=(226, 226, 232))
    draw.ellipse((560, 520, 880, 600), fill=(236, 236, 242))
    for x in range(604, 850, 46):
        draw.ellipse((x, 538 + x % 3 * 6, x + 40, 578 + x % 3 * 6), outline=OAT, width=12)
    draw.text((480, 670), "每天早上喂孩子的是什么？", font=font(SANS_BOLD, 40), fill=WHITE, anchor="mm")
    mark_fictional(image)
    return image


PRODUCTS: dict[str, Callable[[], Image.Image]] = {
    "package-front": package_front,
    "marketing": marketing,
    "forged-notice": forged_notice,
    "group-chat": group_chat,
    "order-card": order_card,
    "mouldy-bag": mouldy_bag,
    "candle": candle,
}
