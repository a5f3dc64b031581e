"""The entry of the app: `streamlit run app.py`.

Streamlit reads this file twice: once as a module, for the server (`app`: our routes, and the worker's life), and once
for every page view as a script, which draws.
"""

import streamlit as st

if __name__ == "__main__":
    from bbva_core.ui.shell import draw

    draw()
else:
    from bbva_core.ui.backend import lifespan
    from bbva_core.ui.guard import MIDDLEWARE
    from bbva_core.ui.routes import ROUTES

    app = st.App(__file__, routes=ROUTES, middleware=MIDDLEWARE, lifespan=lifespan)
