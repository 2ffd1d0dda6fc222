//! Draws captions in several scripts over a photo, to be looked at: `captions PHOTO OUT.png`.

#![allow(clippy::unwrap_used, reason = "a tool for developers")]

use image::{RgbaImage, imageops};
use likeness_text::{Fonts, Lettering};

const TEXTS: [&str; 8] = [
    "Every morning people move\nthe big boxes from here.",
    "كل صباح ينقل الناس 25 صندوقًا\nكبيرًا من هنا (Likeness 2.0).",
    "בכל בוקר אנשים מזיזים\nאת הקופסאות הגדולות מכאן.",
    "हर सुबह लोग यहाँ से बड़े\nडिब्बे हटाते हैं।",
    "毎朝、人々はここから\n大きな箱を運びます。",
    "每天早上，人们从这里\n搬走大箱子。",
    "매일 아침 사람들은 여기에서\n큰 상자를 옮깁니다.",
    "Кожного ранку люди носять\nвеликі коробки. Ωραία!",
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (photo, out) = (arguments.next().unwrap(), arguments.next().unwrap());
    let models = std::env::var_os("LIKENESS_MODELS").unwrap();
    let fonts = Fonts::open(models.as_ref()).unwrap();
    let frame = (960, 540);
    let photo = image::open(photo).unwrap().into_rgba8();
    let photo = imageops::resize(&photo, frame.0, frame.1, imageops::FilterType::CatmullRom);
    let mut sheet = RgbaImage::new(
        frame.0 * 2,
        frame.1 * u32::try_from(TEXTS.len()).unwrap() / 2,
    );
    for (k, text) in (0_u32..).zip(TEXTS) {
        let mut cell = photo.clone();
        let drawn = Lettering::new(&fonts, frame, None, text)
            .draw(text)
            .unwrap();
        let at = (i64::from(drawn.left), i64::from(drawn.top));
        imageops::overlay(&mut cell, &drawn.picture, at.0, at.1);
        let place = (i64::from(k % 2 * frame.0), i64::from(k / 2 * frame.1));
        imageops::replace(&mut sheet, &cell, place.0, place.1);
    }
    sheet.save(out).unwrap();
}
