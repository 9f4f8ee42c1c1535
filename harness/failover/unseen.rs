//! Volumes that only the storage knows: an image in the pool that no list of Cinder names.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::cloud::Volume;
use crate::failure::Failure;
use crate::session::Context;
use crate::targets::VolumeNameTemplate;

/// How often Cinder and the storage are looked at before they are taken to disagree: others make and delete volumes between
/// the two.
const ROUNDS: usize = 4;
/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// The images of volumes, in the pool of the site on which the backend is, that Cinder does not list and this run did not
/// make; the inner error says why they could not be read. `volumes` are those of all projects, as they were listed last.
///
/// # Errors
/// The API did not answer, or does not give the whole list.
pub(crate) async fn images(
    context: &Context,
    mut volumes: Vec<Volume>,
) -> Result<Result<Vec<String>, String>, Failure> {
    let is_rbd = context.profile.asks_rbd();
    let Some(sites) = context.sites.as_ref().filter(|_| is_rbd) else {
        return Ok(Ok(Vec::new()));
    };
    let active = context.backend_state.active();
    if context.is_lost(active) {
        return Ok(Err(format!(
            "the list of volumes was not compared with the images at {}, which is lost; it was compared before",
            context.site_name(active)
        )));
    }
    let site = sites.at(active);
    let template = &context.target.volume_name_template;
    let own = context.backend_state.with(|state| state.own_volumes.clone());
    let own: Vec<&str> = own.iter().map(|id| id.as_str()).collect();
    let mut round = 1;
    let mut always: Option<BTreeSet<String>> = None;
    loop {
        let images = match site.images(site.pool()).await {
            Ok(images) => images,
            Err(error) => {
                return Ok(Err(format!(
                    "the list of volumes was not compared with the images on {}: {}",
                    site.name(),
                    error.summary()
                )));
            }
        };
        let unseen = unlisted_images(template, &images, &volumes, &own);
        // What was listed or missing at one reading is another user's that came or went.
        let unseen: BTreeSet<String> = match always {
            Some(before) => unseen.intersection(&before).cloned().collect(),
            None => unseen,
        };
        if unseen.is_empty() || round == ROUNDS {
            return Ok(Ok(unseen.into_iter().collect()));
        }
        always = Some(unseen);
        round += 1;
        tokio::time::sleep(PAUSE).await;
        volumes = context.cloud.all_volumes(false).await?.volumes;
    }
}

/// The images of volumes that are none of `volumes` and of the ids `own`.
#[must_use]
pub fn unlisted_images(
    template: &VolumeNameTemplate,
    images: &[String],
    volumes: &[Volume],
    own: &[&str],
) -> BTreeSet<String> {
    // A volume that is being migrated has an image by its id and one by its `name_id`.
    let ids = volumes
        .iter()
        .flat_map(|volume| [volume.id.as_str(), volume.image_id()]);
    let known: BTreeSet<&str> = ids.chain(own.iter().copied()).collect();
    let is_unknown = |image: &&String| template.id(image).is_some_and(|id| !known.contains(id));
    images.iter().filter(is_unknown).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn uuid(number: usize) -> String {
        format!("00000000-0000-4000-8000-{number:012}")
    }

    #[test]
    fn only_images_of_volumes_that_nobody_names_are_unseen() {
        let volume = |number: usize, name_id: Option<usize>| -> Volume {
            serde_json::from_value(json!({
                "id": uuid(number), "size": 1, "status": "available", "os-vol-mig-status-attr:name_id": name_id.map(uuid),
            }))
            .expect("a volume")
        };
        let volumes = [volume(1, None), volume(2, Some(3))];
        let named = |template: &str| {
            let template = VolumeNameTemplate::new(template).expect("a template");
            let mut images: Vec<String> = (1..=5).map(|number| template.image(&uuid(number))).collect();
            images.extend([
                "image-x".to_owned(),
                format!("volume-{}.deleted", uuid(7)),
                "backup".to_owned(),
            ]);
            unlisted_images(&template, &images, &volumes, &[&uuid(4)])
        };
        assert_eq!(named("volume-%s"), BTreeSet::from([format!("volume-{}", uuid(5))]));
        assert_eq!(named("prod-%s"), BTreeSet::from([format!("prod-{}", uuid(5))]));
        assert_eq!(named("%s"), BTreeSet::new());
    }
}
