//! The simulator's page, served beside the regions and opened with what they serve.

use crate::error::{DrillError, found};
use crate::load::header;
use crate::process::{self, Process};
use crate::publisher::ENVIRONMENT;
use crate::region::Region;
use crate::site::Site;
use reqwest::Client;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use zen_edge_store_testkit::{free_ports, tied};

/// What the page reads when it is opened, beside its `index.html`.
const SETTINGS: &str = "settings.json";

/// Where the page is, and what serves it.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Simulator {
    /// The simulator, as it was built.
    #[arg(long, value_name = "FOLDER", default_value = "www/dist")]
    page: PathBuf,
    /// What serves the simulator.
    #[arg(long, value_name = "FILE", default_value = "node_modules/.bin/vite")]
    vite: PathBuf,
}

/// A copy of the page and the process that serves it, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Page {
    vite: PathBuf,
    /// The folder in which that of the page is.
    around: PathBuf,
    folder: PathBuf,
    log: PathBuf,
    address: SocketAddr,
    process: Option<Process>,
}

impl Simulator {
    /// Checks that everything is there.
    pub(crate) fn find(&self) -> Result<Self, DrillError> {
        let index = self.page.join("index.html");
        let index = found("simulator", &index, "run `make www`, or name it by --page")?;
        let page = index.parent().unwrap_or(&self.page).to_owned();
        let vite = found("vite", &self.vite, "run `make setup`, or name it by --vite")?;
        Ok(Self { page, vite })
    }
}

impl Page {
    /// A copy of the page in this folder, which nobody serves yet. It gets a port of its own, so that
    /// no browser remembers another demo under its address.
    pub(crate) fn copy(simulator: &Simulator, folder: &Path) -> Result<Self, DrillError> {
        let copy = folder.join("page");
        let copied = copy_folder(&simulator.page, &copy);
        copied.map_err(DrillError::io("copying the simulator"))?;
        let port = free_ports(1).first().copied().unwrap_or_default();
        Ok(Self {
            vite: simulator.vite.clone(),
            around: folder.to_owned(),
            folder: copy,
            log: folder.join("page.log"),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            process: None,
        })
    }

    /// What a browser says that the page's requests come from.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Serves it so that it opens the project's release of the first region and watches all of them,
    /// and waits until it can be asked for.
    pub(crate) fn serve(&mut self, site: &Site, project: &str) -> Result<(), DrillError> {
        let regions: Vec<String> = site.regions.iter().map(Region::evaluator).collect();
        let open = json!({"region": site.region(0)?.evaluator(), "project": project});
        let settings = json!({"regions": regions, "open": open}).to_string();
        let path = self.folder.join(SETTINGS);
        let written = fs::write(&path, settings);
        written.map_err(DrillError::io(format!("writing {}", path.display())))?;
        let mut command = tied(&self.vite);
        command
            .args(["preview", "--host", &self.address.ip().to_string()])
            .args(["--port", &self.address.port().to_string(), "--strictPort"])
            .arg("--outDir")
            .arg(&self.folder)
            // Where there is no configuration of somebody else's.
            .current_dir(&self.around)
            .env("NO_COLOR", "1");
        let what = "what serves the simulator";
        let process = Process::listening(command, &self.log, what, self.address)?;
        self.process = Some(process);
        Ok(())
    }

    /// Asks for everything as a browser does.
    pub(crate) fn check(&self, site: &Site, project: &str) -> Result<(), DrillError> {
        site.runtime.block_on(self.check_files(&site.client))?;
        let check = |region| self.check_bundle(site, region, project);
        site.regions.iter().try_for_each(check)
    }

    /// The page comes as it was built, as what it is, with the settings that were written.
    async fn check_files(&self, client: &Client) -> Result<(), DrillError> {
        let mut asked = vec![
            (String::new(), "index.html".to_owned(), "text/html"),
            (SETTINGS.to_owned(), SETTINGS.to_owned(), "application/json"),
        ];
        let assets = self.folder.join("assets");
        let listed = fs::read_dir(&assets);
        let listed = listed.map_err(DrillError::io(format!("reading {}", assets.display())))?;
        for entry in listed {
            let entry = entry.map_err(DrillError::io("reading the simulator"))?;
            let name = format!("assets/{}", entry.file_name().to_string_lossy());
            // Browsers run these two as what they are said to be, and not otherwise.
            let content_type = match Path::new(&name).extension().and_then(|it| it.to_str()) {
                Some("wasm") => "application/wasm",
                Some("js") => "text/javascript",
                _ => continue,
            };
            asked.push((name.clone(), name, content_type));
        }
        for (path, file, content_type) in &asked {
            self.check_file(client, path, file, content_type).await?;
        }
        let modules = asked.iter().filter(|(.., it)| *it == "application/wasm");
        match modules.count() {
            0 => Err(DrillError::Page("the simulator has no wasm".to_owned())),
            _ => Ok(()),
        }
    }

    async fn check_file(
        &self,
        client: &Client,
        path: &str,
        file: &str,
        content_type: &str,
    ) -> Result<(), DrillError> {
        let address = format!("{}/{path}", self.origin());
        let read = async {
            let response = client.get(&address).send().await?.error_for_status()?;
            let headers = response.headers().clone();
            Ok((headers, response.bytes().await?))
        };
        let (headers, body) = read.await.map_err(DrillError::http(self.said(path)))?;
        let written = fs::read(self.folder.join(file));
        let written = written.map_err(DrillError::io(format!("reading {file}")))?;
        if body != written {
            return Err(DrillError::Page(format!(
                "{address} is not {file} as it was built"
            )));
        }
        let found = header(&headers, "content-type").unwrap_or_default();
        let found = found.split(';').next().unwrap_or_default();
        if found != content_type {
            return Err(DrillError::Page(format!(
                "{address} is said to be `{found}`, and not `{content_type}`"
            )));
        }
        Ok(())
    }

    /// A region gives the page its release, which is the one that the status names.
    fn check_bundle(&self, site: &Site, region: &Region, project: &str) -> Result<(), DrillError> {
        let address = format!("{}/api/rules/{project}/bundle", region.evaluator());
        let origin = self.origin();
        // A request is made where there is a runtime for its timeout.
        let read = async {
            let request = site.client.get(&address).header("origin", &origin);
            let response = request.send().await?.error_for_status()?;
            let headers = response.headers().clone();
            Ok((headers, response.bytes().await?))
        };
        let read = site.runtime.block_on(read);
        let (headers, bundle) = read.map_err(DrillError::http(format!("asking for {address}")))?;
        if header(&headers, "access-control-allow-origin") != Some(origin.as_str()) {
            return Err(DrillError::Page(format!("{origin} may not read {address}")));
        }
        let status = site.status(region)?;
        let digest = format!("/environments/{ENVIRONMENT}/projects/{project}/release/digest");
        let digest = status.pointer(&digest).and_then(Value::as_str);
        let given = hex::encode(Sha256::digest(&bundle));
        if digest != Some(given.as_str()) {
            return Err(DrillError::Page(format!(
                "{address} is not the release that the status names"
            )));
        }
        Ok(())
    }

    fn said(&self, path: &str) -> String {
        format!(
            "asking the simulator's server for `{path}`; it wrote {}",
            process::tail(&self.log)
        )
    }
}

/// Copies a folder with all that is in it; the other one must not be there.
fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy_folder(&entry.path(), &to)?,
            false => fs::copy(entry.path(), to).map(drop)?,
        }
    }
    Ok(())
}
