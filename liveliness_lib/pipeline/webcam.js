// A camera in a notebook: open it, look, take one picture. Nothing leaves the browser but the picture that is taken.
function render({ model, el }) {
  const video = Object.assign(document.createElement("video"), { autoplay: true, muted: true, playsInline: true, hidden: true });
  const button = Object.assign(document.createElement("button"), { textContent: "open the webcam" });
  const note = document.createElement("small");
  button.className = "jupyter-button webcam-button";
  video.style.width = "280px";
  let stream = null;

  const close = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
    button.textContent = "open the webcam";
  };

  const take = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    const picture = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
    model.send({ taken: picture.type }, undefined, [await picture.arrayBuffer()]);
    close();
  };

  const open = async () => {
    note.textContent = "";
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
      video.srcObject = stream;
      await new Promise((ready) => (video.onloadeddata = ready));
      video.hidden = false;
      button.textContent = "take a picture";
    } catch (error) {
      note.textContent = `no webcam: ${error.message || error}`;
    }
  };

  button.onclick = () => (stream ? take() : open());
  el.append(video, document.createElement("br"), button, " ", note);
  return close;
}

export default { render };
