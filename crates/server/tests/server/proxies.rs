//! The configurations in `deploy/`, with the real proxies where they are installed: only names, ports and certificates are
//! put in.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use chinwag_protocol::{ClientFrame, UserId};
use chinwag_server::{Certificate, Config, Limits, Rate};
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::process::{Child, Command};
use tokio::time::sleep;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::support::{House, PATIENCE, SocketOver, expect};
use crate::tls::{answer, certify, connect_by};

/// A proxy that runs before a server.
struct Proxy {
    house: House,
    port: u16,
    files: Certificate,
    logs: Vec<PathBuf>,
    running: Child,
}

/// A port that is free; another program may be given it before it is used.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn deployed(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).unwrap()
}

/// Puts one text in the place of another, which must be there.
fn with(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{old}");
    text.replace(old, new)
}

impl Proxy {
    /// Starts a server, and before it the proxy that this makes of a folder, the proxy's port and the server's.
    async fn open(
        program: &str,
        make: impl Fn(&Path, u16, u16) -> (Command, Vec<PathBuf>),
    ) -> Option<Self> {
        if Command::new(program).arg("help").output().await.is_err() {
            eprintln!("skipped: {program} is not installed");
            return None;
        }
        let limits = Limits { register: Rate::new(1, Duration::from_mins(1)), ..Limits::default() };
        let proxies = vec!["127.0.0.1".parse().unwrap()];
        let house = House::with(|config| Config { limits: Some(limits), proxies, ..config }).await;
        let folder = house.folder.path();
        let files = certify(folder);
        let port = free_port();
        let (mut command, logs) = make(folder, port, house.server.address().port());
        let log = fs::File::create(folder.join("proxy.log")).unwrap();
        let running = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let logs = logs.into_iter().chain([folder.join("proxy.log")]).collect();
        let proxy = Self { house, port, files, logs, running };
        let ready = async {
            while proxy.connect(Ipv4Addr::LOCALHOST.into()).await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        let ready = tokio::time::timeout(PATIENCE, ready).await;
        assert!(ready.is_ok(), "{program} does not start: {}", proxy.log());
        Some(proxy)
    }

    fn log(&self) -> String {
        self.logs.iter().map(|log| fs::read_to_string(log).unwrap_or_default()).collect()
    }

    /// A connection to the proxy from one of this machine's addresses.
    async fn connect(&self, from: IpAddr) -> std::io::Result<crate::tls::Stream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::new(from, 0))?;
        let stream = socket.connect(([127, 0, 0, 1], self.port).into()).await?;
        connect_by(stream, &self.files).await
    }

    /// Registers somebody from there, with whatever else the headers say: the status, the headers and the data.
    async fn register(&self, from: IpAddr, name: &str, more: &str) -> (u16, String, Value) {
        let email = format!("{name}@example.org");
        let body = json!({"username": name, "email": email, "password": "secret1"});
        let stream = self.connect(from).await.unwrap();
        let head = format!("POST /api/auth/register HTTP/1.1\r\n{more}");
        let (headers, mut body) = answer(stream, &head, &body).await;
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        (status, headers, body["data"].take())
    }

    /// Opens a socket as the proxy's own page does.
    async fn socket(&self, token: &str) -> SocketOver<crate::tls::Stream> {
        let place = format!("localhost:{}", self.port);
        let mut request = format!("wss://{place}/ws?token={token}").into_client_request().unwrap();
        request.headers_mut().insert("origin", format!("https://{place}").parse().unwrap());
        let stream = self.connect(Ipv4Addr::LOCALHOST.into()).await.unwrap();
        let (socket, _) =
            expect("the socket", Box::pin(client_async(request, stream))).await.unwrap();
        SocketOver(socket)
    }

    /// What each of them must do.
    async fn prove(self) {
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        // What the client says of itself is not believed: twice from the same made-up address would be one too many.
        let spoof = "x-forwarded-for: 6.6.6.6\r\nforwarded: for=6.6.6.6\r\n";
        let (status, headers, ada) = self.register(here, "ada", spoof).await;
        assert_eq!(status, 201, "{headers}");
        let secure = "strict-transport-security: max-age=31536000";
        assert!(headers.to_lowercase().contains(secure), "{headers}");
        let (status, _, bela) = self.register(here, "bela", spoof).await;
        assert_eq!(status, 201);
        // The proxy is: whoever comes from elsewhere has a limit of their own.
        if let Some(elsewhere) = elsewhere() {
            for (name, expected) in [("carol", 201), ("dora", 429)] {
                let (status, headers, _) = self.register(elsewhere, name, spoof).await;
                assert_eq!(status, expected, "{elsewhere} {headers}");
            }
        }
        let token = ada["token"].as_str().unwrap();
        let mut adas = Box::pin(self.socket(token)).await;
        adas.expect(["connection_established", "online_users"]).await;
        // The largest frame there is.
        let to = UserId::from(bela["user"]["_id"].as_str().unwrap());
        let longest = "\u{1}".repeat(10_000);
        adas.send(&ClientFrame::text(to, longest.clone())).await;
        assert_eq!(adas.data("message_sent").await["content"], json!(longest));
        adas.close().await;
        // With the server away the proxy has something to complain of.
        let Self { house, port, files, logs, mut running } = self;
        let folder = house.close().await;
        let stream = TcpSocket::new_v4().unwrap().connect(([127, 0, 0, 1], port).into()).await;
        let stream = connect_by(stream.unwrap(), &files).await.unwrap();
        let head = format!("GET /ws?token={token} HTTP/1.1\r\n");
        let answer = crate::tls::text(stream, &head, "").await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
        running.kill().await.unwrap();
        let log: String =
            logs.iter().map(|log| fs::read_to_string(log).unwrap_or_default()).collect();
        assert!(!log.contains(token), "{log}");
        drop(folder);
    }
}

/// An address of this machine that is not its own to itself, where it has one. Nothing is sent.
fn elsewhere() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then_some(ip)
}

#[tokio::test]
async fn behind_nginx() {
    let make = |folder: &Path, port: u16, server: u16| {
        let site = deployed("nginx.conf");
        let site = with(&site, "    listen [::]:80;\n", "");
        let site = with(&site, "    listen [::]:443 ssl http2;\n", "");
        let site = with(&site, "listen 80;", &format!("listen 127.0.0.1:{};", free_port()));
        let site = with(&site, "listen 443 ssl", &format!("listen 127.0.0.1:{port} ssl"));
        let site = with(&site, "127.0.0.1:3000", &format!("127.0.0.1:{server}"));
        let certs = "/etc/letsencrypt/live/chat.example";
        let site = with(&site, &format!("{certs}/fullchain.pem"), "cert.pem");
        let site = with(&site, &format!("{certs}/privkey.pem"), "key.pem");
        let site = with(&site, "/var/log/nginx/", "");
        let site = with(&site, "chat.example", "localhost");
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary = temporary.map(|name| format!("{name}_temp_path {name};\n")).concat();
        let whole = format!(
            "daemon off;\npid nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{temporary}{site}}}\n"
        );
        fs::write(folder.join("nginx.conf"), whole).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).args(["-e", "stderr", "-c", "nginx.conf"]);
        let logs = ["chinwag.log", "chinwag.error.log"].map(|name| folder.join(name));
        (command, logs.to_vec())
    };
    if let Some(proxy) = Proxy::open("nginx", make).await {
        Box::pin(proxy.prove()).await;
    }
}

#[tokio::test]
async fn behind_caddy() {
    let make = |folder: &Path, port: u16, server: u16| {
        let site = deployed("Caddyfile");
        let own = "\n{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n";
        let site = site.replacen("\n{\n", own, 1);
        let [chain, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name));
        let tls = format!(
            "localhost:{port} {{\n\tbind 127.0.0.1\n\ttls {} {}",
            chain.display(),
            key.display()
        );
        let site = with(&site, "\nchat.example {", &format!("\n{tls}"));
        let site = with(&site, "127.0.0.1:3000", &format!("127.0.0.1:{server}"));
        fs::write(folder.join("Caddyfile"), site).unwrap();
        let mut command = Command::new("caddy");
        command.args(["run", "--adapter", "caddyfile", "--config"]).arg(folder.join("Caddyfile"));
        for home in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(home, folder);
        }
        (command, Vec::new())
    };
    if let Some(proxy) = Proxy::open("caddy", make).await {
        Box::pin(proxy.prove()).await;
    }
}
