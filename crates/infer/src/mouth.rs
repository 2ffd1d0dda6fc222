//! Whether the mouth can be seen.
use image::RgbImage;
pub(crate) fn is_visible(_image: &RgbImage, landmarks: &[[f32; 3]]) -> bool {
    !landmarks.is_empty()
}
