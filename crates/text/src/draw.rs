//! One caption as a picture: white letters on a dark, rounded, half transparent plate.

use cosmic_text::{
    Align, Attrs, Buffer, Color, Family, FontSystem, Metrics, Shaping, SwashCache, Wrap,
};
use image::{Rgba, RgbaImage};

use crate::fonts::{FAMILY, Fonts, WEIGHT};

/// Height of the letters' body as a share of the frame's shorter side: 50 pixels at 1080p.
const SIZE: f32 = 0.0465;
/// Distance of the lines, in letter sizes.
const LINE: f32 = 1.28;
/// Room about the letters inside the plate, in letter sizes.
const ROOM: (f32, f32) = (0.55, 0.26);
/// Radius of the plate's corners, in letter sizes.
const CORNER: f32 = 0.34;
/// Opacity of the plate.
const PLATE: f32 = 0.62;
/// Widest plate, as a share of the frame's width: the title-safe area.
const SAFE_WIDTH: f32 = 0.9;
/// Height of the plate's lower edge over the frame's, as a share of its height: more in upright frames, whose players lay
/// their own controls there.
const LOWER_EDGE: f32 = 0.055;
const LOWER_EDGE_UPRIGHT: f32 = 0.13;
/// Width of a mean letter, in letter sizes.
const LETTER: f32 = 0.56;
/// Columns of a line that is read at one glance.
const MOST_COLUMNS: usize = 42;
/// Texts that need more lines are made smaller, down to this share.
const MOST_LINES: usize = 2;
const SMALLEST: f32 = 0.6;

/// Columns that a caption's line should have to fit into a frame; wide characters take two.
pub fn line_columns(frame: (u32, u32)) -> usize {
    let (width, height) = (frame.0 as f32, frame.1 as f32);
    let letters = width * SAFE_WIDTH / (SIZE * width.min(height)) - 2.0 * ROOM.0;
    ((letters / LETTER) as usize).clamp(8, MOST_COLUMNS)
}

/// A caption to lay over a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Straight alpha.
    pub picture: RgbaImage,
    /// Place of its upper left corner in the frame, in pixels.
    pub left: u32,
    pub top: u32,
}

/// Writes captions into frames of one size.
#[derive(Debug)]
pub struct Lettering {
    system: FontSystem,
    cache: SwashCache,
    frame: (u32, u32),
}

impl Lettering {
    /// For frames of this size in pixels. `language` is a BCP-47 code; `sample`, some of the text, says what is to be known
    /// of the script where the language is not known.
    pub fn new(fonts: &Fonts, frame: (u32, u32), language: Option<&str>, sample: &str) -> Self {
        Self {
            system: fonts.system(language, sample),
            cache: SwashCache::new(),
            frame,
        }
    }

    /// Draws a caption, whose lines are separated by line breaks; longer ones are wrapped. `None` if there is nothing to
    /// see.
    pub fn draw(&mut self, text: &str) -> Option<Drawn> {
        let text: String = text
            .chars()
            .filter(|c| *c == '\n' || !c.is_control())
            .collect();
        if text.trim().is_empty() {
            return None;
        }
        let (width, height) = (self.frame.0 as f32, self.frame.1 as f32);
        let full = (SIZE * width.min(height)).max(6.0);
        let mut size = full;
        let mut buffer = self.laid_out(&text, size);
        while buffer.layout_runs().count() > MOST_LINES && size > full * SMALLEST {
            size *= 0.92;
            buffer = self.laid_out(&text, size);
        }
        let ink = self.ink(&mut buffer)?;
        let room = ((ROOM.0 * size).ceil() as i32, (ROOM.1 * size).ceil() as i32);
        // The plate is as high as its lines, whichever letters they have, so that it does not jump from one caption to
        // the next.
        let lines = buffer.layout_runs().count() as f32;
        let (mut left, mut right) = (ink.left - room.0, ink.right + room.0);
        let (mut top, mut bottom) = (
            ink.top.min(0) - room.1,
            ink.bottom.max((lines * LINE * size).ceil() as i32) + room.1,
        );
        let most = (self.frame.0 as i32, self.frame.1 as i32);
        if right - left > most.0 {
            (left, right) = (0, most.0);
        }
        if bottom - top > most.1 {
            (top, bottom) = (bottom - most.1, bottom);
        }
        let (plate_width, plate_height) = ((right - left) as u32, (bottom - top) as u32);
        let mut picture = plate(plate_width, plate_height, CORNER * size);
        ink.write(&mut picture, left, top);
        let lower_edge = if height > width {
            LOWER_EDGE_UPRIGHT
        } else {
            LOWER_EDGE
        };
        let under = (height - height * lower_edge) as u32;
        Some(Drawn {
            picture,
            left: (self.frame.0 - plate_width) / 2,
            top: under.saturating_sub(plate_height),
        })
    }

    fn laid_out(&mut self, text: &str, size: f32) -> Buffer {
        let mut buffer = Buffer::new(&mut self.system, Metrics::new(size, LINE * size));
        buffer.set_wrap(Wrap::WordOrGlyph);
        let width = self.frame.0 as f32 * SAFE_WIDTH - 2.0 * ROOM.0 * size;
        buffer.set_size(Some(width.max(size)), None);
        let attributes = Attrs::new().family(Family::Name(FAMILY)).weight(WEIGHT);
        buffer.set_text(text, &attributes, Shaping::Advanced, Some(Align::Center));
        buffer.shape_until_scroll(&mut self.system, false);
        buffer
    }

    /// The letters' coverage; `None` if no letter can be seen.
    fn ink(&mut self, buffer: &mut Buffer) -> Option<Ink> {
        let mut spots: Vec<(i32, i32, u8)> = Vec::new();
        let white = Color::rgb(255, 255, 255);
        buffer.draw(
            &mut self.system,
            &mut self.cache,
            white,
            |x, y, w, h, colour| {
                let alpha = colour.a();
                if alpha == 0 {
                    return;
                }
                for dy in 0..h as i32 {
                    spots.extend((0..w as i32).map(|dx| (x + dx, y + dy, alpha)));
                }
            },
        );
        let first = spots.first()?;
        let bounds = (first.0, first.1, first.0 + 1, first.1 + 1);
        let (left, top, right, bottom) = spots.iter().fold(bounds, |(l, t, r, b), &(x, y, _)| {
            (l.min(x), t.min(y), r.max(x + 1), b.max(y + 1))
        });
        Some(Ink {
            spots,
            left,
            top,
            right,
            bottom,
        })
    }
}

/// What letters cover: places in the text's own pixels, and how much of each.
struct Ink {
    spots: Vec<(i32, i32, u8)>,
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl Ink {
    /// Lays white over the plate, whose corner is at `left`, `top`.
    fn write(&self, plate: &mut RgbaImage, left: i32, top: i32) {
        for &(x, y, alpha) in &self.spots {
            let (Ok(x), Ok(y)) = (u32::try_from(x - left), u32::try_from(y - top)) else {
                continue;
            };
            if let Some(pixel) = plate.get_pixel_mut_checked(x, y) {
                *pixel = over(alpha, *pixel);
            }
        }
    }
}

/// White at an opacity over a straight colour.
fn over(alpha: u8, Rgba([r, g, b, under]): Rgba<u8>) -> Rgba<u8> {
    let (over, under) = (f32::from(alpha) / 255.0, f32::from(under) / 255.0);
    let whole = over + under * (1.0 - over);
    let mixed = |c: u8| {
        let sum = 255.0 * over + f32::from(c) * under * (1.0 - over);
        (sum / whole.max(1e-6) + 0.5) as u8
    };
    Rgba([mixed(r), mixed(g), mixed(b), (whole * 255.0 + 0.5) as u8])
}

/// A dark rectangle with rounded, smooth corners.
fn plate(width: u32, height: u32, radius: f32) -> RgbaImage {
    let radius = radius.min(width.min(height) as f32 / 2.0);
    let (half_width, half_height) = (width as f32 / 2.0, height as f32 / 2.0);
    RgbaImage::from_fn(width, height, |x, y| {
        // Distance to the rounded rectangle, positive outside.
        let beyond = |at: u32, half: f32| ((at as f32 + 0.5 - half).abs() - half + radius).max(0.0);
        let distance = beyond(x, half_width).hypot(beyond(y, half_height)) - radius;
        let covered = (0.5 - distance).clamp(0.0, 1.0);
        Rgba([12, 12, 14, (covered * PLATE * 255.0 + 0.5) as u8])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Fonts {
        Fonts::open(&likeness_models::default_dir()).expect("run `cargo xtask setup`")
    }

    fn drawn(text: &str, frame: (u32, u32)) -> Option<Drawn> {
        Lettering::new(&fonts(), frame, None, text).draw(text)
    }

    /// Light pixels of a caption, column by column.
    fn columns(drawn: &Drawn) -> Vec<u32> {
        let picture = &drawn.picture;
        (0..picture.width())
            .map(|x| {
                let lit = (0..picture.height()).filter(|&y| picture.get_pixel(x, y)[0] > 140);
                lit.count() as u32
            })
            .collect()
    }

    #[test]
    fn captions_of_every_script_have_letters_and_lie_inside_the_frame() {
        let texts = [
            "Good morning, how are you?",
            "Доброе утро\nΚαλημέρα",
            "صباح الخير، كيف حالك؟",
            "בוקר טוב, מה שלומך?",
            "सुप्रभात, आप कैसे हैं?",
            "สวัสดีตอนเช้า",
            "おはようございます。お元気ですか？",
            "早上好，你好吗？",
            "좋은 아침입니다",
            "a word-that-is-much-longer-than-any-line-of-a-small-frame-could-ever-hold-at-all",
        ];
        for text in texts {
            for frame in [(1280, 720), (720, 1280), (360, 360), (128, 128)] {
                let drawn = drawn(text, frame).unwrap();
                let lit = columns(&drawn).iter().filter(|&&n| n > 0).count();
                assert!(
                    lit as u32 * 3 > drawn.picture.width(),
                    "{text} in {frame:?}"
                );
                let (right, bottom) = (
                    drawn.left + drawn.picture.width(),
                    drawn.top + drawn.picture.height(),
                );
                assert!(right <= frame.0 && bottom <= frame.1, "{text} in {frame:?}");
            }
        }
    }

    #[test]
    fn no_font_lacks_what_it_is_for() {
        for text in [
            "Aé",
            "Жы",
            "Ωά",
            "سلام",
            "שלום",
            "नमस्ते",
            "สวัสดี",
            "かなカナ漢字",
            "汉语",
            "한국어",
        ] {
            let fonts = fonts();
            let mut lettering = Lettering::new(&fonts, (1280, 720), None, text);
            let buffer = lettering.laid_out(text, 40.0);
            let missing = buffer
                .layout_runs()
                .flat_map(|run| run.glyphs)
                .filter(|glyph| glyph.glyph_id == 0)
                .count();
            assert_eq!(missing, 0, "{text}");
        }
    }

    #[test]
    fn arabic_letters_are_joined_and_run_from_right_to_left() {
        let fonts = fonts();
        let mut lettering = Lettering::new(&fonts, (1280, 720), None, "سلام");
        let glyphs = |lettering: &mut Lettering, text: &str| -> Vec<(u16, f32, usize)> {
            let buffer = lettering.laid_out(text, 40.0);
            let runs = buffer.layout_runs();
            runs.flat_map(|run| run.glyphs.iter().map(|g| (g.glyph_id, g.x, g.start)))
                .collect()
        };
        let joined = glyphs(&mut lettering, "بب");
        let alone = glyphs(&mut lettering, "ب");
        // The first letter stands at the right and has the form that joins to the left.
        let first = joined.iter().min_by_key(|g| g.2).unwrap();
        let last = joined.iter().max_by_key(|g| g.2).unwrap();
        assert!(first.1 > last.1, "{joined:?}");
        assert_ne!(first.0, alone[0].0, "{joined:?}, {alone:?}");
    }

    #[test]
    fn a_caption_stands_low_in_the_middle_and_is_legible() {
        let frame = (1920, 1080);
        let drawn = drawn("Every morning people move\nthe big boxes from here.", frame).unwrap();
        let (width, height) = drawn.picture.dimensions();
        assert!(drawn.left.abs_diff(frame.0 - drawn.left - width) <= 1);
        assert!(
            drawn.top > 800 && drawn.top + height < 1060,
            "{} + {height}",
            drawn.top
        );
        // Two lines of letters about a twentieth of the frame high.
        assert!((120..190).contains(&height), "{height}");
        // Black on white by the contrast formula would be 21; white on this plate over white is above 4.5.
        let plate = drawn.picture.get_pixel(width / 2, 4);
        let seen = 255.0 * (1.0 - f32::from(plate[3]) / 255.0);
        let luminance = (seen / 255.0).powf(2.2);
        assert!(1.05 / (luminance + 0.05) > 4.5, "{plate:?}");
    }

    #[test]
    fn nothing_to_see_makes_no_caption() {
        for text in ["", " \n ", "\u{7}"] {
            assert_eq!(drawn(text, (640, 360)), None, "{text:?}");
        }
    }

    #[test]
    fn lines_of_upright_frames_are_shorter() {
        assert_eq!(line_columns((1920, 1080)), 42);
        let upright = line_columns((1080, 1920));
        assert!((28..40).contains(&upright), "{upright}");
    }
}
