//! HTTP/1.1 on a connection, as far as the drill's client speaks it. Written here, since a liar must be able to say what no
//! library lets it say: bodies that are too short or too long, chunks of garbage, and nothing at all.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::Proxy;
use super::message::{Reply, Request, Wire};

/// Serves a connection until one of both ends it.
pub async fn serve(proxy: Arc<Proxy>, stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await? {
        let reply = proxy.clone().answer(request).await;
        tokio::time::sleep(reply.delay).await;
        match &reply.wire {
            Wire::Dropped => return Ok(()),
            Wire::Raw(bytes) => {
                stream.write_all(bytes).await?;
                return stream.flush().await;
            }
            Wire::Whole => stream.write_all(&whole(&reply)).await?,
        }
        stream.flush().await?;
    }
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let (mut headers, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_owned());
        if name == "content-length" {
            length = value.parse().unwrap_or_default();
        }
        headers.push((name, value));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Request {
        method,
        path,
        headers,
        body,
    }))
}

fn whole(reply: &Reply) -> Vec<u8> {
    let is_empty = matches!(reply.status, 204 | 304);
    let mut head = format!("HTTP/1.1 {} liar\r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !is_empty {
        head.push_str(&format!("content-length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    let body: &[u8] = if is_empty { &[] } else { &reply.body };
    [head.as_bytes(), body].concat()
}
