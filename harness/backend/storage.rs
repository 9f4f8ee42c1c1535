//! What the storage sites say of where a backend's images are primary, held against what Cinder says of the backend.

use super::standing::{Contradiction, Judgement, Reading, Standing};
use crate::names::SiteName;

/// Where an image is primary, by both sites' `rbd info`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrimaryAt {
    /// At one site, and at no other.
    Site(SiteName),
    /// At both: each was written to, or the old primary came back.
    Both,
    /// At neither: a failover ended between its demotion and its promotion.
    Nowhere,
    /// A site could not be asked, or has no such image; why. It proves nothing.
    Unknown(String),
}

/// An image and where it is primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageAt {
    /// The image, for example `volume-1234`.
    pub image: String,
    /// Where.
    pub primary: PrimaryAt,
}

impl PrimaryAt {
    /// Judges the primary flags that both sites show. `None` is a site that could not be asked or has no image.
    #[must_use]
    pub fn of(primary: Option<bool>, secondary: Option<bool>) -> PrimaryAt {
        match (primary, secondary) {
            (Some(true), Some(true)) => PrimaryAt::Both,
            (Some(false), Some(false)) => PrimaryAt::Nowhere,
            (Some(true), _) => PrimaryAt::Site(SiteName::Primary),
            (_, Some(true)) => PrimaryAt::Site(SiteName::Secondary),
            (None, _) => PrimaryAt::Unknown("the primary site did not say".to_owned()),
            (_, None) => PrimaryAt::Unknown("the secondary site did not say".to_owned()),
        }
    }

    /// In words; `name` gives a site's name as the target has it.
    pub fn words<'a>(&self, name: impl Fn(SiteName) -> &'a str) -> String {
        match self {
            PrimaryAt::Site(site) => format!("primary on {}", name(*site)),
            PrimaryAt::Both => "primary on both sites".to_owned(),
            PrimaryAt::Nowhere => "primary on neither site".to_owned(),
            PrimaryAt::Unknown(why) => format!("not known: {why}"),
        }
    }
}

impl Judgement {
    /// Holds the judgement against the storage: an image of the backend that is primary anywhere but where Cinder says
    /// makes a contradiction of it. What could not be asked changes nothing.
    #[must_use]
    pub fn with_storage<'a>(mut self, images: &[ImageAt], name: impl Fn(SiteName) -> &'a str + Copy) -> Judgement {
        let expected = match self.standing {
            Standing::AtPrimary => SiteName::Primary,
            Standing::Away(_) => SiteName::Secondary,
            _ => return self,
        };
        let elsewhere: Vec<&ImageAt> = images
            .iter()
            .filter(|image| !matches!(image.primary, PrimaryAt::Unknown(_)))
            .filter(|image| image.primary != PrimaryAt::Site(expected))
            .collect();
        if elsewhere.is_empty() {
            return self;
        }
        let service = Reading {
            of: "Cinder's service".to_owned(),
            says: self.words(),
        };
        let images = elsewhere.iter().map(|image| Reading {
            of: format!("image {}", image.image),
            says: image.primary.words(name),
        });
        self.standing = Standing::Contradiction(Contradiction {
            summary: format!(
                "Cinder says that the backend is on {}, and the storage says otherwise",
                name(expected)
            ),
            readings: std::iter::once(service).chain(images).collect(),
        });
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(standing: Standing, primary: PrimaryAt) -> Standing {
        let judgement = Judgement {
            standing,
            rows: Vec::new(),
            cluster: None,
            members: Vec::new(),
        };
        let image = ImageAt {
            image: "volume-1".to_owned(),
            primary,
        };
        judgement.with_storage(&[image], |site| site.as_str()).standing
    }

    #[test]
    fn an_image_elsewhere_contradicts_the_api_whichever_way() {
        let away = || Standing::Away("ceph2".to_owned());
        let at = PrimaryAt::Site;
        assert_eq!(judged(Standing::AtPrimary, at(SiteName::Primary)), Standing::AtPrimary);
        assert_eq!(judged(away(), at(SiteName::Secondary)), away());
        for (standing, primary) in [
            (Standing::AtPrimary, at(SiteName::Secondary)),
            (Standing::AtPrimary, PrimaryAt::Nowhere),
            (Standing::AtPrimary, PrimaryAt::Both),
            (away(), at(SiteName::Primary)),
            (away(), PrimaryAt::Both),
            (away(), PrimaryAt::Nowhere),
        ] {
            assert!(matches!(judged(standing, primary), Standing::Contradiction(_)));
        }
        let unknown = PrimaryAt::Unknown("dark".to_owned());
        assert_eq!(judged(Standing::AtPrimary, unknown.clone()), Standing::AtPrimary);
        assert_eq!(judged(Standing::Moving, at(SiteName::Secondary)), Standing::Moving);
    }

    #[test]
    fn a_site_that_says_nothing_proves_nothing() {
        assert_eq!(PrimaryAt::of(Some(true), None), PrimaryAt::Site(SiteName::Primary));
        assert!(matches!(PrimaryAt::of(Some(false), None), PrimaryAt::Unknown(_)));
        assert!(matches!(PrimaryAt::of(None, None), PrimaryAt::Unknown(_)));
        assert_eq!(PrimaryAt::of(Some(false), Some(false)), PrimaryAt::Nowhere);
    }
}
